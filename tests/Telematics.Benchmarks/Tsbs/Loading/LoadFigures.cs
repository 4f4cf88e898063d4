namespace Telematics.Benchmarks.Tsbs.Loading;

/// <summary>What a load took.</summary>
internal sealed class LoadFigures(string target)
{
    private long _points;
    private long _rows;
    private long _metrics;

    public string Target { get; } = target;

    public long Points => _points;

    public long Rows => _rows;

    public long Metrics => _metrics;

    public TimeSpan Elapsed { get; set; }

    /// <summary>CPU of this process.</summary>
    public TimeSpan Client { get; set; }

    /// <summary>CPU of the server; null when unknown.</summary>
    public TimeSpan? Server { get; set; }

    public void Add(LoadBatch batch)
    {
        Interlocked.Add(ref _points, batch.Points);
        Interlocked.Add(ref _rows, batch.Rows);
        Interlocked.Add(ref _metrics, batch.Metrics);
    }
}
