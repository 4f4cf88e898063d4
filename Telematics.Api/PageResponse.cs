using System.Text.Json.Serialization;

namespace Telematics.Api;

/// <summary>One page of a list.</summary>
/// <param name="Items">The items; may be fewer than the limit, even none, though more follow.</param>
/// <param name="NextCursor">Where the list goes on; null at its end.</param>
internal sealed record PageResponse<T>(
    IReadOnlyList<T> Items,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? NextCursor);
