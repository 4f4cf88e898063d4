namespace Telematics.Storage;

/// <summary>Time series and newest states. One behaviour suite runs against every implementation.</summary>
public interface ITelemetryStore
{
    /// <summary>Writes accepted samples, sorted by (vehicle, time), within a consumer's transaction.</summary>
    /// <param name="rows">Samples; the array is reused by the caller after the call.</param>
    /// <param name="otherSignals">What <see cref="TelemetryRow.OtherStart"/> points into.</param>
    /// <param name="session">The consumer's transaction.</param>
    /// <param name="cancellationToken">Ends the write; the transaction is then rolled back.</param>
    ValueTask WriteAsync(ReadOnlyMemory<TelemetryRow> rows, ReadOnlyMemory<byte> otherSignals, WriteSession session, CancellationToken cancellationToken);

    /// <summary>One upsert per car: counters always, state columns only when newer. Sorted by vehicle, each vehicle once.</summary>
    ValueTask WriteLatestAsync(ReadOnlyMemory<LatestRow> rows, ReadOnlyMemory<byte> otherSignals, WriteSession session, CancellationToken cancellationToken);

    /// <summary>Reads the duplicate counters of cars as the transaction sees them; a car without any gets empty ones.</summary>
    /// <param name="vehicleKeys">The cars.</param>
    /// <param name="counters">Gets the counters at the same places.</param>
    /// <param name="session">The consumer's transaction.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    ValueTask ReadCountersAsync(ReadOnlyMemory<long> vehicleKeys, Memory<SequenceCounters> counters, WriteSession session, CancellationToken cancellationToken);

    /// <summary>Samples of one vehicle in the order of their device time.</summary>
    ValueTask<HistoryPage<HistorySample>> ReadHistoryAsync(HistoryQuery query, CancellationToken cancellationToken);

    /// <summary>Samples of one vehicle summed up per step; steps without a sample are left out.</summary>
    /// <param name="query">Its limit counts steps.</param>
    /// <param name="step">Length of a step in microseconds, at least 1; steps begin at multiples of it since 1970-01-01 UTC.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    ValueTask<HistoryPage<HistoryStep>> ReadStepsAsync(HistoryQuery query, long step, CancellationToken cancellationToken);

    /// <summary>Shows the newest state of every car that has one, in no order, as a snapshot sees it.</summary>
    ValueTask ReadLatestAsync(ReadSnapshot snapshot, LatestStateVisitor visit, CancellationToken cancellationToken);
}

/// <summary>Sees one row of <c>vehicle_latest</c>.</summary>
public delegate void LatestStateVisitor(in LatestState state);
