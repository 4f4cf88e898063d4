using System.Diagnostics.Metrics;
using Telematics.Api.Exports;

namespace Telematics.Api;

/// <summary>What the framework's own HTTP metrics do not say.</summary>
internal sealed class ApiMetrics
{
    public const string MeterName = "Telematics.Api";

    private readonly Counter<long> _problems;
    private readonly UpDownCounter<long> _liveStreams;
    private readonly UpDownCounter<long> _openExports;
    private readonly Counter<long> _exports;
    private readonly Counter<long> _exportedRows;

    public ApiMetrics(IMeterFactory meterFactory)
    {
        var meter = meterFactory.Create(MeterName);
        _problems = meter.CreateCounter<long>("telematics.api.problems", "{problem}", "Errors answered, by kind.");
        _liveStreams = meter.CreateUpDownCounter<long>("telematics.api.live_streams", "{stream}", "Open live streams.");
        _openExports = meter.CreateUpDownCounter<long>("telematics.api.open_exports", "{export}", "Exports under way.");
        _exports = meter.CreateCounter<long>("telematics.api.exports", "{export}", "Exports that ended, by format and outcome.");
        _exportedRows = meter.CreateCounter<long>("telematics.api.exported_rows", "{row}", "Samples exported, by format.");
    }

    public void ProblemAnswered(string name) => _problems.Add(1, new KeyValuePair<string, object?>("type", name));

    public void StreamOpened() => _liveStreams.Add(1);

    public void StreamClosed() => _liveStreams.Add(-1);

    public void ExportBegan() => _openExports.Add(1);

    public void ExportEnded() => _openExports.Add(-1);

    public void Exported(ExportFormat format, ExportOutcome outcome, long rows)
    {
        var formatTag = new KeyValuePair<string, object?>("format", format == ExportFormat.Csv ? "csv" : "parquet");
        var outcomeTag = new KeyValuePair<string, object?>("outcome", outcome switch { ExportOutcome.Completed => "completed", ExportOutcome.Aborted => "aborted", _ => "failed" });
        _exports.Add(1, formatTag, outcomeTag);
        _exportedRows.Add(rows, formatTag);
    }
}
