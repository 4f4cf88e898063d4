namespace Telematics.Mqtt.Topics;

/// <summary>Topic names, MQTT 5.0 §4.7. Control characters are legal; <see cref="MqttText.ContainsControlCharacters"/> finds them.</summary>
public static class TopicName
{
    /// <summary>Whether a text may be published to: well-formed, at least one byte [MQTT-4.7.3-1], at most 65,535 [MQTT-4.7.3-3], no wildcard [MQTT-4.7.1-1].</summary>
    public static bool IsValid(ReadOnlySpan<byte> topic) =>
        !topic.IsEmpty && !ContainsWildcards(topic) && MqttText.IsWellFormed(topic);

    /// <summary>Whether there is a <c>+</c> or <c>#</c> anywhere.</summary>
    public static bool ContainsWildcards(ReadOnlySpan<byte> topic) => topic.ContainsAny((byte)'+', (byte)'#');

    /// <summary>Takes the first level off a topic; what is left is empty after the last one.</summary>
    public static ReadOnlySpan<byte> TakeLevel(scoped ref ReadOnlySpan<byte> rest, out bool isLast)
    {
        var slash = rest.IndexOf((byte)'/');
        isLast = slash < 0;
        var level = isLast ? rest : rest[..slash];
        rest = isLast ? default : rest[(slash + 1)..];
        return level;
    }
}
