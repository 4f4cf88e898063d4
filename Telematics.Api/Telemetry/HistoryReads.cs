using Telematics.Contracts;
using Telematics.Storage;

namespace Telematics.Api.Telemetry;

/// <summary>Pages of a vehicle's history, each of bounded work.</summary>
internal sealed class HistoryReads(ITelemetryStore store)
{
    // Summing up reads every sample: a page of steps covers at most so much time, however long its steps are.
    private const long MaxWindow = 7L * 24 * 3600 * UnixTime.MicrosecondsPerSecond;

    /// <summary>Samples as they were stored.</summary>
    /// <exception cref="FormatException">The position is none of the store's.</exception>
    public async Task<(IReadOnlyList<TelemetryResponse> Items, HistoryPosition? Next)> ReadSamplesAsync(
        long vehicleKey, HistoryPosition position, IReadOnlyList<int>? signals, int limit, CancellationToken cancellationToken)
    {
        var query = new HistoryQuery(vehicleKey, position.From, position.To, limit) { Signals = signals, WithOther = signals is null, Cursor = position.StoreCursor };
        var page = await store.ReadHistoryAsync(query, cancellationToken);
        return ([.. page.Items.Select(sample => TelemetryResponse.From(sample))], page.NextCursor is null ? null : position with { StoreCursor = page.NextCursor });
    }

    /// <summary>Samples summed up per step.</summary>
    /// <exception cref="FormatException">The position is none of the store's.</exception>
    public async Task<(IReadOnlyList<TelemetryResponse> Items, HistoryPosition? Next)> ReadStepsAsync(
        long vehicleKey, HistoryPosition position, IReadOnlyList<int>? signals, TimeSpan step, int limit, CancellationToken cancellationToken)
    {
        // Windows end where a step ends, so that no step comes in two parts.
        var length = step.Ticks / TimeSpan.TicksPerMicrosecond;
        var end = Math.Min(position.To, position.Window - (position.Window % length) + (MaxWindow / length * length));
        var query = new HistoryQuery(vehicleKey, position.Window, end, limit) { Signals = signals, WithOther = false, Cursor = position.StoreCursor };
        var page = await store.ReadStepsAsync(query, length, cancellationToken);
        var next = page.NextCursor is not null ? position with { StoreCursor = page.NextCursor }
            : end < position.To ? position with { Window = end, StoreCursor = null }
            : null;
        return ([.. page.Items.Select(TelemetryResponse.From)], next);
    }
}
