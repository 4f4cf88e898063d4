using Telematics.Messaging;

namespace Telematics.RocketMQ.Reading;

/// <summary>A tag filter as the broker takes it and as it is judged here: the broker compares hashes only, so that <c>Aa</c> brings <c>BB</c> too.</summary>
internal sealed class TagExpression
{
    /// <summary>All messages, with any tag or none.</summary>
    public const string All = "*";

    private readonly TagFilter _filter;

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

        _filter = filter;
        Text = IsAll ? All : string.Join(" || ", filter.Tags);
    }

    /// <summary>The wanted tags; empty means all.</summary>
    public IReadOnlyList<string> Tags => _filter.Tags;

    /// <summary>As the broker takes it.</summary>
    public string Text { get; }

    public bool IsAll => Tags.Count == 0;

    /// <summary>Whether a message with this tag is wanted.</summary>
    public bool Matches(ReadOnlySpan<byte> tag) => _filter.Matches(tag);
}
