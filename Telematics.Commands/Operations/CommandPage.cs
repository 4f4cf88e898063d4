namespace Telematics.Commands.Operations;

/// <summary>A page of a list.</summary>
/// <param name="Items">At most as many as were asked for.</param>
/// <param name="Next">Where the next page begins; null when this is the last.</param>
public sealed record CommandPage<T>(IReadOnlyList<T> Items, long? Next);
