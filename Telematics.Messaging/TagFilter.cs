using System.Text;

namespace Telematics.Messaging;

/// <summary>Which tags a reader wants. The engine may return more than asked; readers of ours look at the tag themselves where it matters.</summary>
public sealed record TagFilter
{
    /// <summary>Every message, with any tag or none.</summary>
    public static TagFilter All { get; } = new([]);

    private readonly byte[][] _utf8;

    private TagFilter(IReadOnlyList<string> tags)
    {
        Tags = tags;
        _utf8 = [.. tags.Select(Encoding.UTF8.GetBytes)];
    }

    /// <summary>The wanted tags; empty means all.</summary>
    public IReadOnlyList<string> Tags { get; }

    /// <summary>Messages with one of these tags.</summary>
    public static TagFilter AnyOf(params string[] tags)
    {
        ArgumentOutOfRangeException.ThrowIfZero(tags.Length);
        return new(tags);
    }

    /// <summary>Whether a message with this tag (UTF-8; empty for none) is wanted.</summary>
    internal bool Matches(ReadOnlySpan<byte> tag)
    {
        if (_utf8.Length == 0)
        {
            return true;
        }

        foreach (var wanted in _utf8)
        {
            if (tag.SequenceEqual(wanted))
            {
                return true;
            }
        }

        return false;
    }
}
