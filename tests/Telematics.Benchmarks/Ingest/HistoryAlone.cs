using Telematics.Storage;

namespace Telematics.Benchmarks.Ingest;

/// <summary>A store that leaves the newest states out.</summary>
internal sealed class HistoryAlone(ITelemetryStore inner) : ITelemetryStore
{
    public ValueTask WriteAsync(ReadOnlyMemory<TelemetryRow> rows, ReadOnlyMemory<byte> otherSignals, WriteSession session, CancellationToken cancellationToken) =>
        inner.WriteAsync(rows, otherSignals, session, cancellationToken);

    public ValueTask WriteLatestAsync(ReadOnlyMemory<LatestRow> rows, ReadOnlyMemory<byte> otherSignals, WriteSession session, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask ReadCountersAsync(ReadOnlyMemory<long> vehicleKeys, Memory<SequenceCounters> counters, WriteSession session, CancellationToken cancellationToken) =>
        inner.ReadCountersAsync(vehicleKeys, counters, session, cancellationToken);

    public ValueTask<HistoryPage<HistorySample>> ReadHistoryAsync(HistoryQuery query, CancellationToken cancellationToken) => inner.ReadHistoryAsync(query, cancellationToken);

    public ValueTask<HistoryPage<HistoryStep>> ReadStepsAsync(HistoryQuery query, long step, CancellationToken cancellationToken) => inner.ReadStepsAsync(query, step, cancellationToken);

    public ValueTask ReadLatestAsync(ReadSnapshot snapshot, LatestStateVisitor visit, CancellationToken cancellationToken) => inner.ReadLatestAsync(snapshot, visit, cancellationToken);
}
