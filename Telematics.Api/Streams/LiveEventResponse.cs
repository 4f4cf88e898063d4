using Telematics.Api.Telemetry;

namespace Telematics.Api.Streams;

/// <summary>What changed since the event before.</summary>
internal sealed record LiveEventResponse
{
    /// <summary>Forget everything received before: this event begins the whole set of matching vehicles.</summary>
    public required bool IsReset { get; init; }

    /// <summary>Newest states of matching vehicles that changed, each once, up to 1,000.</summary>
    public required IReadOnlyList<LatestResponse> Changed { get; init; }

    /// <summary>Vehicles that do not match any more: they left the rectangle, or were deleted.</summary>
    public required IReadOnlyList<string> Left { get; init; }
}
