namespace Telematics.Benchmarks.Tsbs.Loading;

/// <summary>What one worker writes at once.</summary>
internal abstract class LoadBatch
{
    /// <summary>Rows of tags, or vehicles, that appear in it for the first time.</summary>
    public List<TsbsTagRow> NewTags { get; } = [];

    /// <summary>Points in it.</summary>
    public long Points { get; set; }

    /// <summary>Rows of time series it makes.</summary>
    public abstract long Rows { get; }

    /// <summary>Values in it, NULLs counted: 7 a reading, 3 a diagnostics point.</summary>
    public long Metrics { get; set; }
}
