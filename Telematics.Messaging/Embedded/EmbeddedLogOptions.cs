using System.ComponentModel.DataAnnotations;

namespace Telematics.Messaging.Embedded;

/// <summary>The embedded log's settings.</summary>
public sealed class EmbeddedLogOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string SectionName = "Telematics:Messaging:Embedded";

    /// <summary>The folder of the log; made when it is not there.</summary>
    [Required]
    public string Directory { get; set; } = "data/log";

    /// <summary>Queues that a new topic gets, 1 to 64. RocketMQ's own default is 8; few queues make large groups.</summary>
    [Range(1, 64)]
    public int QueuesPerTopic { get; set; } = 8;

    /// <summary>Messages older than this are removed, at least a minute. Three days is RocketMQ's <c>fileReservedTime</c>.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "3650.00:00:00")]
    public TimeSpan RetentionAge { get; set; } = TimeSpan.FromDays(3);

    /// <summary>When the log is larger than this on disk, the oldest messages are removed; bytes, at least 16 MiB.</summary>
    [Range(16L << 20, long.MaxValue)]
    public long RetentionBytes { get; set; } = 10L << 30;

    /// <summary>The size at which a new segment begins; retention removes whole segments. Bytes, 1 MiB to 16 GiB, at most a quarter of <see cref="RetentionBytes"/>.</summary>
    [Range(1L << 20, 16L << 30)]
    public long SegmentBytes { get; set; } = 256L << 20;

    /// <summary>Bytes that may wait in one queue before appends are turned away; 64 KiB to 1 GiB. At 250 B a message 16 MiB bridge 67,000 messages.</summary>
    [Range(64L << 10, 1L << 30)]
    public long QueueBudgetBytes { get; set; } = 16L << 20;

    /// <summary>The largest body in bytes, 1 KiB to 16 MiB. RocketMQ's default is 4 MiB.</summary>
    [Range(1 << 10, 16 << 20)]
    public int MaxBodyBytes { get; set; } = 4 << 20;

    /// <summary>
    /// Under load a group commit begins at the earliest so long after the one before, so that groups are not of one
    /// message; 0 to 100 ms. An append to a log at rest never waits.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:00.100")]
    public TimeSpan Linger { get; set; } = TimeSpan.FromMilliseconds(2);

    /// <summary>How often age and size are looked at; 1 s to 1 h.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan RetentionInterval { get; set; } = TimeSpan.FromSeconds(10);
}
