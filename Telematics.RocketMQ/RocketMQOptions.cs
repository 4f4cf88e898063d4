using System.ComponentModel.DataAnnotations;

namespace Telematics.RocketMQ;

/// <summary>How to reach a RocketMQ cluster and how to use it.</summary>
public sealed class RocketMQOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string SectionName = "Telematics:Messaging:RocketMQ";

    /// <summary>The name servers, <c>host:port</c> separated by <c>;</c>. Any one of them is enough; all brokers register with all of them.</summary>
    [Required]
    public string NameServers { get; set; } = "";

    /// <summary>
    /// The brokers whose queues are used, by name, separated by <c>;</c>, in their lasting order: the same in all processes, since a
    /// key's queue is counted over it. Empty, for a process that has all roles and no other beside it: the one broker there is, and an
    /// error when there are several.
    /// </summary>
    public string Brokers { get; set; } = "";

    /// <summary>Queues of each topic on each broker, 1 to 64. Few queues make large batches; a change is a documented drain.</summary>
    [Range(1, 64)]
    public int QueuesPerBroker { get; set; } = 8;

    /// <summary>Whether missing topics and groups are made; else a missing one is a start-up error that prints the <c>mqadmin</c> command.</summary>
    public bool CreateTopics { get; set; }

    /// <summary>
    /// The lasting name under which offsets are stored. Empty: <c>rocketmq/</c> and the cluster's name. Set another one when a
    /// cluster was replaced by a new one.
    /// </summary>
    public string Identity { get; set; } = "";

    /// <summary>The consumer group in whose name queues are read that no group divides; with access control, the user needs the right to subscribe in it.</summary>
    [Required]
    [RegularExpression("[A-Za-z0-9_%|-]{1,120}")]
    public string ReaderGroup { get; set; } = "telematics-reader";

    /// <summary>The user of RocketMQ's access control; empty: requests are not signed.</summary>
    public string AccessKey { get; set; } = "";

    /// <summary>The secret of <see cref="AccessKey"/>.</summary>
    public string SecretKey { get; set; } = "";

    /// <summary>TLS to name servers and brokers (same ports as plain text).</summary>
    public RocketMQTlsOptions Tls { get; set; } = new();

    /// <summary>Time for one request and its answer, 100 ms to 1 min. RocketMQ's clients use 3 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Bytes that may wait for one queue before appends are turned away; 64 KiB to 1 GiB.</summary>
    [Range(64L << 10, 1L << 30)]
    public long QueueBudgetBytes { get; set; } = 16L << 20;

    /// <summary>The longest that a small batch waits to grow when sends are frequent; 0 to 100 ms. It never waits for more than four times what a request takes, and a rare send not at all.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:00.100")]
    public TimeSpan MaxLinger { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Bodies of at least so many bytes are compressed (zlib) when sent one by one; 0: never. Java's clients use 4096.</summary>
    [Range(0, 4 << 20)]
    public int CompressBodiesOver { get; set; } = 4096;

    /// <summary>How long a pull with nothing to give is held by the broker; 1 s to 30 s. RocketMQ's clients use 15 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:00:30")]
    public TimeSpan PullHold { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Bytes that readers may have fetched ahead for each queue, 64 KiB to 64 MiB.</summary>
    [Range(64L << 10, 64L << 20)]
    public long PrefetchBytes { get; set; } = 4L << 20;

    /// <summary>The parts of a setting that is a list.</summary>
    internal static string[] Split(string list) => list.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}

/// <summary>TLS of the connections to RocketMQ.</summary>
public sealed class RocketMQTlsOptions
{
    /// <summary>Whether TLS is used.</summary>
    public bool Enabled { get; set; }

    /// <summary>A PEM file with the certificates that are trusted besides the system's; empty: the system's alone.</summary>
    public string TrustedCertificates { get; set; } = "";

    /// <summary>Whether any certificate is accepted, as of a broker with RocketMQ's self-signed test certificate. Not for production.</summary>
    public bool AcceptAnyCertificate { get; set; }

    /// <summary>A PEM file with the client's certificate and key, where the servers ask for one; empty: none.</summary>
    public string ClientCertificate { get; set; } = "";
}
