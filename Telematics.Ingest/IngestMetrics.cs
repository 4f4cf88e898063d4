using System.Diagnostics.Metrics;
using System.Text.Json;
using Telematics.Contracts.Telemetry;

namespace Telematics.Ingest;

internal sealed class IngestMetrics
{
    public const string MeterName = "Telematics.Ingest";

    private static readonly KeyValuePair<string, object?>[] ReasonTags =
        [.. Enum.GetValues<RejectReason>().Select(reason => new KeyValuePair<string, object?>("reason", JsonNamingPolicy.CamelCase.ConvertName(reason.ToString())))];

    private readonly Counter<long> _messages;
    private readonly Counter<long> _rows;
    private readonly Counter<long> _rollupOnly;
    private readonly Counter<long> _duplicates;
    private readonly Counter<long> _unjudged;
    private readonly Counter<long> _rejected;
    private readonly Histogram<int> _batchRows;

    public IngestMetrics(IMeterFactory meterFactory, IngestStatus status)
    {
        ArgumentNullException.ThrowIfNull(meterFactory);
        ArgumentNullException.ThrowIfNull(status);
        var meter = meterFactory.Create(MeterName);
        _messages = meter.CreateCounter<long>("telematics.ingest.messages", "{message}", "Telemetry messages that were taken, rejected and repeated ones included.");
        _rows = meter.CreateCounter<long>("telematics.ingest.rows", "{row}", "Samples stored.");
        _rollupOnly = meter.CreateCounter<long>("telematics.ingest.rollup_only", "{row}", "Samples older than samples are kept: added to the rollups, and not stored themselves.");
        _duplicates = meter.CreateCounter<long>("telematics.ingest.duplicates", "{message}", "Messages left out because their car had sent them before.");
        _unjudged = meter.CreateCounter<long>("telematics.ingest.unjudged", "{message}", "Messages stored although their number is older than the window of duplicates.");
        _rejected = meter.CreateCounter<long>("telematics.ingest.rejected", "{rejection}", "Messages and samples that were not accepted, by reason.");
        _batchRows = meter.CreateHistogram<int>("telematics.ingest.batch_rows", "{row}", "Samples in one transaction.");
        meter.CreateObservableGauge("telematics.ingest.lag_messages", () => status.GetSnapshot().LagMessages, "{message}", "Messages in the log that are not yet stored.");
        meter.CreateObservableGauge("telematics.ingest.lag", () => status.GetSnapshot().LagSeconds, "s", "Age of the last stored message of the queue that is furthest behind; 0 when nothing waits.");
    }

    public void Committed(in BatchCounts counts)
    {
        _messages.Add(counts.Messages);
        _rows.Add(counts.Rows);
        _batchRows.Record(counts.Rows);
        if (counts.RollupOnly > 0)
        {
            _rollupOnly.Add(counts.RollupOnly);
        }

        if (counts.Duplicates > 0)
        {
            _duplicates.Add(counts.Duplicates);
        }

        if (counts.Unjudged > 0)
        {
            _unjudged.Add(counts.Unjudged);
        }
    }

    public void Rejected(RejectReason reason, int count) => _rejected.Add(count, ReasonTags[(int)reason]);
}
