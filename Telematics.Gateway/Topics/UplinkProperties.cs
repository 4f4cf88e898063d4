using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using Telematics.Contracts;
using Telematics.Gateway.Sessions;
using Telematics.Messaging;
using Telematics.Mqtt;
using Telematics.Mqtt.Packets;

namespace Telematics.Gateway.Topics;

/// <summary>Writes the properties of a client's message as the log carries them; one buffer for all messages of a loop.</summary>
internal sealed class UplinkProperties
{
    /// <summary>Longest JSON of the user properties; Alibaba's service has the same limit.</summary>
    private const int MaxUserProperties = 8_192;

    /// <summary>The log's limit for all properties.</summary>
    private const int MaxLength = 32_767;

    private readonly byte[] _properties = new byte[MaxLength];
    private readonly byte[] _secondTopic = new byte[1 + 8_192];
    private readonly ArrayBufferWriter<byte> _json = new(1_024);
    private Utf8JsonWriter? _jsonWriter;
    private int _length;

    /// <summary>What was written last.</summary>
    public ReadOnlySpan<byte> Written => _properties.AsSpan(0, _length);

    /// <summary>Writes the properties.</summary>
    /// <param name="route">The topic's route.</param>
    /// <param name="topic">The MQTT topic, without control characters.</param>
    /// <param name="origin">The publisher.</param>
    /// <param name="qualityOfService">QoS of the publish.</param>
    /// <param name="mqtt5">The MQTT 5 properties of the publish or will.</param>
    public Refusal Write(TopicRoute route, ReadOnlySpan<byte> topic, in PublishOrigin origin, QualityOfService qualityOfService, in MqttProperties mqtt5)
    {
        _length = 0;
        var writer = new MessagePropertiesWriter(_properties);
        writer.Add(MessagePropertyNames.MqttSecondTopic, SecondTopic(route, topic));
        writer.Add(MessagePropertyNames.ClientId, origin.ClientId);
        writer.Add(MessagePropertyNames.QosLevel, (long)qualityOfService);
        writer.Add(MessagePropertyNames.CleanSessionFlag, origin.IsClean ? "true"u8 : "false"u8);
        Span<byte> channel = stackalloc byte[ChannelId.MaxLength];
        writer.Add(MessagePropertyNames.ChannelId, channel[..origin.Channels.Format(channel, origin.Loop, origin.Slot, origin.Generation)]);
        var refusal = mqtt5.IsEmpty ? Refusal.None : WriteMqtt5(ref writer, mqtt5);
        _length = writer.Written.Length;
        return refusal;
    }

    private ReadOnlySpan<byte> SecondTopic(TopicRoute route, ReadOnlySpan<byte> topic)
    {
        if (!route.IsCatchAll)
        {
            return topic[route.Utf8Name.Length..];
        }

        _secondTopic[0] = (byte)'/';
        topic.CopyTo(_secondTopic.AsSpan(1));
        return _secondTopic.AsSpan(0, topic.Length + 1);
    }

    private Refusal WriteMqtt5(scoped ref MessagePropertiesWriter writer, in MqttProperties mqtt5)
    {
        var hasUserProperties = false;
        foreach (var property in mqtt5)
        {
            if (property.Id is not MqttPropertyId.CorrelationData
                && (MqttText.ContainsControlCharacters(property.Name) || MqttText.ContainsControlCharacters(property.Value)))
            {
                return Refusal.ControlCharacter;
            }

            // What is left must hold this value (in base64 a third longer) and the user properties.
            if (MaxLength - writer.Written.Length - MaxUserProperties - 64 < (property.Value.Length + 2) / 3 * 4)
            {
                return Refusal.PropertiesTooLarge;
            }

            switch (property.Id)
            {
                case MqttPropertyId.ContentType:
                    writer.Add(MessagePropertyNames.Mqtt5ContentType, property.Value);
                    break;
                case MqttPropertyId.ResponseTopic:
                    writer.Add(MessagePropertyNames.Mqtt5ResponseTopic, property.Value);
                    break;
                case MqttPropertyId.CorrelationData:
                    AddBase64(ref writer, property.Value);
                    break;
                case MqttPropertyId.MessageExpiryInterval:
                    writer.Add(MessagePropertyNames.Mqtt5MessageExpiryInterval, property.Number);
                    break;
                case MqttPropertyId.PayloadFormatIndicator:
                    writer.Add(MessagePropertyNames.Mqtt5PayloadFormatIndicator, property.Number);
                    break;
                case MqttPropertyId.UserProperty:
                    hasUserProperties = true;
                    break;
            }
        }

        return hasUserProperties ? WriteUserProperties(ref writer, mqtt5) : Refusal.None;
    }

    private Refusal WriteUserProperties(scoped ref MessagePropertiesWriter writer, in MqttProperties mqtt5)
    {
        _json.ResetWrittenCount();
        _jsonWriter ??= new Utf8JsonWriter(_json);
        _jsonWriter.Reset(_json);
        _jsonWriter.WriteStartArray();
        foreach (var property in mqtt5)
        {
            if (property.Id == MqttPropertyId.UserProperty)
            {
                _jsonWriter.WriteStartObject();
                _jsonWriter.WriteString("key"u8, property.Name);
                _jsonWriter.WriteString("value"u8, property.Value);
                _jsonWriter.WriteEndObject();
            }
        }

        _jsonWriter.WriteEndArray();
        _jsonWriter.Flush();
        if (_json.WrittenCount > MaxUserProperties)
        {
            return Refusal.PropertiesTooLarge;
        }

        writer.Add(MessagePropertyNames.Mqtt5UserProperty, _json.WrittenSpan);
        return Refusal.None;
    }

    private static void AddBase64(scoped ref MessagePropertiesWriter writer, ReadOnlySpan<byte> value)
    {
        var length = Base64.GetMaxEncodedToUtf8Length(value.Length);
        var rented = ArrayPool<byte>.Shared.Rent(length);
        Base64.EncodeToUtf8(value, rented, out _, out var written);
        writer.Add(MessagePropertyNames.Mqtt5CorrelationData, rented.AsSpan(0, written));
        ArrayPool<byte>.Shared.Return(rented);
    }
}
