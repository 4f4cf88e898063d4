namespace Telematics.Storage;

/// <summary>A part of a history.</summary>
/// <param name="Items">In the order of time.</param>
/// <param name="NextCursor">Opaque; where the next page begins, null when there is none.</param>
public sealed record HistoryPage<TItem>(IReadOnlyList<TItem> Items, string? NextCursor)
{
    /// <summary>The coarsest of what the items were made of.</summary>
    public TelemetrySource Source { get; init; }
}
