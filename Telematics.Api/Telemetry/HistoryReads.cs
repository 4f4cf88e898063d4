using Telematics.Contracts;
using Telematics.Storage;
using Telematics.Storage.Rollups;

namespace Telematics.Api.Telemetry;

/// <summary>Pages of a vehicle's history, each of bounded work.</summary>
internal sealed class HistoryReads(ITelemetryStore store)
{
    // A page of steps covers at most so much time, however long its steps are: every sample of it may have to be read. Where
    // rollups hold what is asked, only their buckets are.
    private const long Day = 24L * 3600 * UnixTime.MicrosecondsPerSecond;
    private const long MaxWindow = 7 * Day;
    private const long MaxMinutesWindow = 31 * Day;
    private const long MaxHoursWindow = 366 * Day;

    /// <summary>Samples as they were stored.</summary>
    /// <exception cref="FormatException">The position is none of the store's.</exception>
    public async Task<(HistoryPage<TelemetryResponse> Page, HistoryPosition? Next)> ReadSamplesAsync(
        long vehicleKey, HistoryPosition position, IReadOnlyList<int>? signals, int limit, CancellationToken cancellationToken)
    {
        var query = new HistoryQuery(vehicleKey, position.From, position.To, limit) { Signals = signals, WithOther = signals is null, Cursor = position.StoreCursor };
        var page = await store.ReadHistoryAsync(query, cancellationToken);
        var items = page.Items.Select(sample => TelemetryResponse.From(sample)).ToList();
        return (new HistoryPage<TelemetryResponse>(items, page.NextCursor) { Source = page.Source }, page.NextCursor is null ? null : position with { StoreCursor = page.NextCursor });
    }

    /// <summary>Samples summed up per step.</summary>
    /// <exception cref="FormatException">The position is none of the store's.</exception>
    public async Task<(HistoryPage<TelemetryResponse> Page, HistoryPosition? Next)> ReadStepsAsync(
        long vehicleKey, HistoryPosition position, IReadOnlyList<int>? signals, TimeSpan step, int limit, CancellationToken cancellationToken)
    {
        // Windows end where a step ends, so that no step comes in two parts.
        var length = step.Ticks / TimeSpan.TicksPerMicrosecond;
        var end = Math.Min(position.To, position.Window - (position.Window % length) + (WindowOf(signals, length) / length * length));
        var query = new HistoryQuery(vehicleKey, position.Window, end, limit) { Signals = signals, WithOther = false, Cursor = position.StoreCursor };
        var page = await store.ReadStepsAsync(query, length, cancellationToken);
        var next = page.NextCursor is not null ? position with { StoreCursor = page.NextCursor }
            : end < position.To ? position with { Window = end, StoreCursor = null }
            : null;
        return (new HistoryPage<TelemetryResponse>([.. page.Items.Select(TelemetryResponse.From)], page.NextCursor) { Source = page.Source }, next);
    }

    private static long WindowOf(IReadOnlyList<int>? signals, long step) => RollupCoverage.Of(signals, step) switch
    {
        TelemetrySource.Hour => MaxHoursWindow,
        TelemetrySource.Minute => MaxMinutesWindow,
        _ => MaxWindow,
    };
}
