
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
}
