using System.ComponentModel.DataAnnotations;

namespace Telematics.Ingest;

/// <summary>Settings of Ingest.</summary>
public sealed class IngestOptions
{
    /// <summary>The section they are read from.</summary>
    public const string SectionName = "Telematics:Ingest";

    /// <summary>Most messages in one transaction.</summary>
    [Range(1, 100_000)]
    public int BatchMessages { get; set; } = 4_000;

    /// <summary>Most bytes of messages in one transaction.</summary>
    [Range(65_536, 268_435_456)]
    public int BatchBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>At a low rate a queue is read at most this often, so that a transaction is worth its cost, in milliseconds; it is what a sample waits at most.</summary>
    [Range(0, 1_000)]
    public int BatchIntervalMilliseconds { get; set; } = 250;
}
