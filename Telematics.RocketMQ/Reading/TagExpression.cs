using System.Text;
using Telematics.Messaging;

namespace Telematics.RocketMQ.Reading;

/// <summary>A tag filter as the broker takes it and as it is judged here: the broker compares hashes only, so that <c>Aa</c> brings <c>BB</c> too.</summary>
internal sealed class TagExpression
{
    private readonly byte[][] _tags;

    /// <exception cref="ArgumentException">A tag is empty or holds <c>|</c>, a blank or <c>*</c>, which the expression could not say.</exception>
    public TagExpression(TagFilter filter)
    {
        foreach (var tag in filter.Tags)
        {
            if (tag.Length == 0 || tag.AsSpan().ContainsAny(" |*"))
            {
                throw new ArgumentException($"The tag '{tag}' cannot be filtered by: a tag is not empty and holds no '|', '*' or blank.", nameof(filter));
            }
        }

        _tags = [.. filter.Tags.Select(Encoding.UTF8.GetBytes)];
        Tags = filter.Tags;
        Text = _tags.Length == 0 ? "*" : string.Join(" || ", filter.Tags);
    }

    /// <summary>The wanted tags; empty means all.</summary>
    public IReadOnlyList<string> Tags { get; }

    /// <summary>As the broker takes it.</summary>
    public string Text { get; }

    public bool IsAll => _tags.Length == 0;

    /// <summary>Whether a message with this tag is wanted.</summary>
    public bool Matches(ReadOnlySpan<byte> tag)
    {
        if (_tags.Length == 0)
        {
            return true;
        }

        foreach (var wanted in _tags)
        {
            if (tag.SequenceEqual(wanted))
            {
                return true;
            }
        }

        return false;
    }
}
