namespace Telematics.Storage.Model;

/// <summary>How far the rollups are: one row. All three are whole hours or minutes and only grow.</summary>
public sealed class RollupProgress
{
    /// <summary>Always 1.</summary>
    public int Id { get; set; } = 1;

    /// <summary>Ingest notes the hour of every sample before this (<c>telemetry_late_hour</c>): the pass over it has begun.</summary>
    public DateTime NotedBefore { get; set; }

    /// <summary>Every minute before this is in <c>telemetry_1m</c>, but for the noted hours.</summary>
    public DateTime RolledUpTo { get; set; }

    /// <summary>Raw samples before this were removed by retention: a late one goes into the rollups and is not kept; they only grow.</summary>
    public DateTime RawFrom { get; set; }
}
