using System.Globalization;
using System.Text;
using Telematics.RocketMQ.Records;

namespace Telematics.RocketMQ.Producing;

/// <summary>The properties of a message that is sent alone, as SEND_MESSAGE_V2 takes them.</summary>
internal static class SingleMessage
{
    // The broker adds its own, and the whole has to fit into 32,767 bytes.
    private const int MaxPropertiesLength = 32_600;

    private const char NameEnd = '\u0001';
    private const char ValueEnd = '\u0002';

    /// <summary>Makes the text, in which the user's come first.</summary>
    /// <exception cref="ArgumentException">A part is none that RocketMQ takes, or one that it would misunderstand.</exception>
    public static string MakeProperties(RocketMQMessage message, string uniqueKey)
    {
        Check(message);
        var text = new StringBuilder();
        foreach (var (name, value) in message.Properties)
        {
            if (name.Length == 0 || SystemProperties.Contains(Encoding.UTF8.GetBytes(name)))
            {
                throw new ArgumentException($"Property '{name}' is empty or one that RocketMQ interprets.", nameof(message));
            }

            Add(text, name, value);
        }

        AddIfAny(text, SystemProperties.Tags, message.Tag);
        AddIfAny(text, SystemProperties.Keys, string.Join(' ', message.Keys));
        AddIfAny(text, SystemProperties.ShardingKey, message.ShardingKey);
        if (message.DelayLevel is { } level)
        {
            Add(text, SystemProperties.DelayLevel, level.ToString(CultureInfo.InvariantCulture));
        }

        if (message.DeliverAt is { } time)
        {
            Add(text, SystemProperties.TimerDeliverMs, time.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture));
        }

        Add(text, SystemProperties.UniqueKey, uniqueKey);
        var length = Encoding.UTF8.GetByteCount(text.ToString());
        return length <= MaxPropertiesLength
            ? text.ToString()
            : throw new ArgumentException($"Tag, keys and properties take {length} B; at most {MaxPropertiesLength} B are stored.", nameof(message));
    }

    private static void Check(RocketMQMessage message)
    {
        if (!SystemTopics.IsName(message.Topic))
        {
            throw new ArgumentException($"Topic '{message.Topic}': a name is 1 to {SystemTopics.MaxNameLength} of [A-Za-z0-9_%|-].", nameof(message));
        }

        if (SystemTopics.Contains(message.Topic))
        {
            throw new ArgumentException($"Topic '{message.Topic}' is RocketMQ's own.", nameof(message));
        }

        if (message.Body.IsEmpty)
        {
            throw new ArgumentException("The body is empty: RocketMQ takes no such message.", nameof(message));
        }

        if (message.Tag.Contains(' ', StringComparison.Ordinal) || message.Tag.Contains("||", StringComparison.Ordinal))
        {
            throw new ArgumentException($"Tag '{message.Tag}' holds a blank or '||'.", nameof(message));
        }

        if (message.Keys.FirstOrDefault(key => key.Length == 0 || key.Contains(' ', StringComparison.Ordinal)) is { } badKey)
        {
            throw new ArgumentException($"Key '{badKey}' is empty or holds a blank, which separates keys.", nameof(message));
        }

        if (message is { DelayLevel: not null, DeliverAt: not null })
        {
            throw new ArgumentException("A message has a delay level or a time of delivery, not both.", nameof(message));
        }

        if (message.DelayLevel is < 1)
        {
            throw new ArgumentException($"Delay level {message.DelayLevel}: levels begin at 1.", nameof(message));
        }
    }

    private static void AddIfAny(StringBuilder text, string name, string value)
    {
        if (value.Length > 0)
        {
            Add(text, name, value);
        }
    }

    private static void Add(StringBuilder text, string name, string value)
    {
        if (name.AsSpan().ContainsAny(NameEnd, ValueEnd) || value.AsSpan().ContainsAny(NameEnd, ValueEnd))
        {
            throw new ArgumentException($"'{name}' holds the control character 0x01 or 0x02.", nameof(value));
        }

        text.Append(name).Append(NameEnd).Append(value).Append(ValueEnd);
    }
}
