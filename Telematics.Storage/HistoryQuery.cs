namespace Telematics.Storage;

/// <summary>Which part of a vehicle's history.</summary>
/// <param name="VehicleKey"><see cref="Model.Vehicle.Id"/>.</param>
/// <param name="From">First device time, microseconds since 1970-01-01 UTC.</param>
/// <param name="To">Device time behind the last one, microseconds since 1970-01-01 UTC.</param>
/// <param name="Limit">At most so many items, at least 1.</param>
public sealed record HistoryQuery(long VehicleKey, long From, long To, int Limit)
{
    /// <summary>Indices of the wanted signals in <see cref="Contracts.Telemetry.SignalCatalogue"/>; null = all. The others are answered as not reported.</summary>
    public IReadOnlyList<int>? Signals { get; init; }

    /// <summary>Whether the signals without columns are wanted too (samples only).</summary>
    public bool WithOther { get; init; } = true;

    /// <summary><see cref="HistoryPage{TItem}.NextCursor"/> of the page before; null = from the beginning.</summary>
    public string? Cursor { get; init; }
}
