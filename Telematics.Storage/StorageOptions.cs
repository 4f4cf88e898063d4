using System.ComponentModel.DataAnnotations;

namespace Telematics.Storage;

/// <summary>Settings of the database.</summary>
public sealed class StorageOptions
{
    /// <summary>The section they are read from.</summary>
    public const string SectionName = "Telematics:Storage";

    /// <summary>Name of the connection string that chooses PostgreSQL (<c>ConnectionStrings:Telematics</c>); absent means SQLite.</summary>
    public const string ConnectionStringName = "Telematics";

    /// <summary>Folder of the SQLite file <c>telematics.db</c>.</summary>
    [Required]
    public string DataDirectory { get; set; } = "data";

    /// <summary>How long SQLite waits for a lock that another process holds, in milliseconds.</summary>
    [Range(100, 60_000)]
    public int BusyTimeoutMilliseconds { get; set; } = 5_000;

    /// <summary>Page cache of the connection that writes, in KiB.</summary>
    [Range(1_024, 4_194_304)]
    public int WriteCacheKibibytes { get; set; } = 65_536;

    /// <summary>How much of the SQLite file is read through a memory map, in MiB; 0 = none.</summary>
    [Range(0, 65_536)]
    public int MemoryMapMebibytes { get; set; } = 256;

    /// <summary>Most connections of this process to PostgreSQL, for all its work; <c>Maximum Pool Size</c> in the connection string goes over it.</summary>
    [Range(2, 100)]
    public int MaxConnections { get; set; } = 10;

    /// <summary>Whether this process only answers log-ins from the database, which one connection does, and applies nothing of the log to it.</summary>
    internal bool IsForLogInsOnly { get; set; }

    /// <summary>Samples expected in a second, over all cars: the length of partitions and chunks goes by it.</summary>
    [Range(1, 10_000_000)]
    public int ExpectedRowsPerSecond { get; set; } = 1_000;

    /// <summary>Memory of PostgreSQL's machine, in MiB, of which the newest partition or chunk takes a quarter at most; 0 = unknown, no such limit.</summary>
    [Range(0, 16_777_216)]
    public int DatabaseMemoryMebibytes { get; set; }

    /// <summary>How long a row of <c>producer_progress</c> is kept after its producer's last message, in days: longer than the log keeps messages.</summary>
    [Range(1, 3_650)]
    public int ProducerProgressRetentionDays { get; set; } = 30;
}
