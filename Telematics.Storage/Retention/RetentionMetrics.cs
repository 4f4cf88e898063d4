using System.Diagnostics.Metrics;

namespace Telematics.Storage.Retention;

/// <summary>What retention removed.</summary>
internal sealed class RetentionMetrics
{
    private readonly Counter<long> _rows;
    private readonly Counter<long> _divisions;

    public RetentionMetrics(IMeterFactory meterFactory)
    {
        ArgumentNullException.ThrowIfNull(meterFactory);
        var meter = meterFactory.Create(StorageMetrics.MeterName);
        _rows = meter.CreateCounter<long>("telematics.retention.rows", "{row}", "Rows removed because of their age, but for those in dropped partitions and chunks.");
        _divisions = meter.CreateCounter<long>("telematics.retention.divisions", "{division}", "Partitions or chunks dropped because of their age.");
    }

    public void Rows(string table, long rows) => _rows.Add(rows, new KeyValuePair<string, object?>("table", table));

    public void Divisions(string table, int divisions) => _divisions.Add(divisions, new KeyValuePair<string, object?>("table", table));
}
