using System.Text.Json.Serialization;
using Telematics.Storage;

namespace Telematics.Api.Telemetry;

/// <summary>One page of a vehicle's telemetry.</summary>
/// <param name="Items">The items; may be fewer than the limit, even none, though more follow.</param>
/// <param name="NextCursor">Where the list goes on; null at its end.</param>
/// <param name="Source">The coarsest of what the page was made of: samples (`raw`), or sums of samples per minute (`1m`) or hour (`1h`) with samples where those are not settled. The items are the same either way.</param>
internal sealed record TelemetryPageResponse(
    IReadOnlyList<TelemetryResponse> Items,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? NextCursor,
    string Source)
{
    /// <summary>The words of <see cref="Source"/>.</summary>
    public static string NameOf(TelemetrySource source) => source switch
    {
        TelemetrySource.Hour => "1h",
        TelemetrySource.Minute => "1m",
        _ => "raw",
    };
}
