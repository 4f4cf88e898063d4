namespace Telematics.Mqtt.Topics;

/// <summary>Topic filters, MQTT 5.0 §4.7 and §4.8.2.</summary>
public static class TopicFilter
{
    /// <summary>
    /// Most levels that <see cref="SubscriptionIndex{T}"/> takes. The specification knows no limit; without one, a filter
    /// of slashes would make a tree 65,535 deep.
    /// </summary>
    public const int MaximumLevels = 128;

    private static ReadOnlySpan<byte> SharePrefix => "$share/"u8;

    /// <summary>
    /// Whether a text is a topic filter: well-formed, not empty [MQTT-4.7.3-1]; <c>#</c> alone in the last level
    /// [MQTT-4.7.1-1], <c>+</c> alone in its level [MQTT-4.7.1-2]; a share has a name without wildcards and a filter
    /// behind it [MQTT-4.8.2-1, MQTT-4.8.2-2].
    /// </summary>
    public static bool IsValid(ReadOnlySpan<byte> filter)
    {
        if (filter.IsEmpty || !MqttText.IsWellFormed(filter))
        {
            return false;
        }

        if (IsShared(filter))
        {
            var rest = filter[SharePrefix.Length..];
            var name = TopicName.TakeLevel(ref rest, out var isLast);
            return !name.IsEmpty && !isLast && !TopicName.ContainsWildcards(name) && !rest.IsEmpty && AreWildcardsValid(rest);
        }

        return AreWildcardsValid(filter);
    }

    /// <summary>Whether a filter is a shared subscription's.</summary>
    public static bool IsShared(ReadOnlySpan<byte> filter) => filter.StartsWith(SharePrefix);

    /// <summary>Takes a valid shared subscription apart; false when it is an ordinary one.</summary>
    public static bool TryParseShared(ReadOnlySpan<byte> filter, out ReadOnlySpan<byte> shareName, out ReadOnlySpan<byte> sharedFilter)
    {
        shareName = default;
        sharedFilter = filter;
        if (!IsShared(filter))
        {
            return false;
        }

        sharedFilter = filter[SharePrefix.Length..];
        shareName = TopicName.TakeLevel(ref sharedFilter, out _);
        return true;
    }

    /// <summary>Number of levels, at least 1.</summary>
    public static int CountLevels(ReadOnlySpan<byte> filter) => 1 + filter.Count((byte)'/');

    /// <summary>Whether a valid filter (not a share) matches a valid topic name; a leading wildcard never matches <c>$</c> [MQTT-4.7.2-1].</summary>
    public static bool Matches(ReadOnlySpan<byte> filter, ReadOnlySpan<byte> topic)
    {
        if (topic is [(byte)'$', ..] && filter is [(byte)'+' or (byte)'#', ..])
        {
            return false;
        }

        while (true)
        {
            var wanted = TopicName.TakeLevel(ref filter, out var isLastWanted);
            if (wanted is [(byte)'#'])
            {
                return true;
            }

            var level = TopicName.TakeLevel(ref topic, out var isLast);
            if (wanted is not [(byte)'+'] && !wanted.SequenceEqual(level))
            {
                return false;
            }

            if (isLast)
            {
                // "sport/#" also matches "sport", the parent level (§4.7.1.2).
                return isLastWanted || filter is [(byte)'#'];
            }

            if (isLastWanted)
            {
                return false;
            }
        }
    }

    private static bool AreWildcardsValid(ReadOnlySpan<byte> filter)
    {
        for (var isLast = false; !isLast;)
        {
            var level = TopicName.TakeLevel(ref filter, out isLast);
            if (level is [(byte)'#'] ? !isLast : level is not [(byte)'+'] && TopicName.ContainsWildcards(level))
            {
                return false;
            }
        }

        return true;
    }
}
