namespace Telematics.Messaging;

/// <summary>Which tags a reader wants. The engine may return more than asked; readers of ours look at the tag themselves where it matters.</summary>
public sealed record TagFilter
{
    /// <summary>Every message, with any tag or none.</summary>
    public static TagFilter All { get; } = new([]);

    private TagFilter(IReadOnlyList<string> tags) => Tags = tags;

    /// <summary>The wanted tags; empty means all.</summary>
    public IReadOnlyList<string> Tags { get; }

    /// <summary>Messages with one of these tags.</summary>
    public static TagFilter AnyOf(params string[] tags)
    {
        ArgumentOutOfRangeException.ThrowIfZero(tags.Length);
        return new(tags);
    }
}
