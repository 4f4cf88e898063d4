using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Telematics.Contracts;
using Telematics.Gateway.Sessions;
using Telematics.Gateway.Topics;
using Telematics.Messaging;
using Telematics.Mqtt;
using Telematics.Mqtt.Topics;

namespace Telematics.Gateway.Downlink;

/// <summary>Hands what is read of a downlink or exchange topic to all loops that have anybody for it.</summary>
internal sealed class TopicSink(TopicRoute route, GatewayShared shared) : ITailSink
{
    private Task _before = Task.CompletedTask;

    /// <inheritdoc/>
    public async ValueTask OnBatchAsync(MessageBatch batch, IReadOnlyList<bool> isRepeat, CancellationToken cancellationToken)
    {
        var messages = new List<OutboundMessage>(batch.Count);
        for (var i = 0; i < batch.Count; i++)
        {
            if (!isRepeat[i] && TryMake(batch[i]) is { } message)
            {
                messages.Add(message);
            }
        }

        if (messages.Count == 0)
        {
            return;
        }

        // One batch under way while the next is read, no more: memory stays bounded whatever the loops have to do.
        await _before.WaitAsync(cancellationToken);
        var work = new TopicWork(messages);
        _before = work.Done;
        shared.PostToAll(work);
    }

    private OutboundMessage? TryMake(in MessageView view)
    {
        var properties = view.Properties;
        properties.TryGet(MessagePropertyNames.MqttSecondTopic, out var second);
        var topic = TopicOf(second);
        if (!TopicName.IsValid(topic))
        {
            shared.Logger.DownlinkUnusable(route.Name, view.Offset);
            return null;
        }

        var expiresAt = OutboundMessage.Never;
        if (properties.TryGet(MessagePropertyNames.Mqtt5MessageExpiryInterval, out var expiry) && Utf8Parser.TryParse(expiry, out uint seconds, out _))
        {
            expiresAt = view.StoreTime + (seconds * 1_000L);
        }

        var peer = PeerOf(topic);
        return new OutboundMessage
        {
            Topic = topic,

            // To a subscriber the topic must match its filter [MQTT-3.3.2-3]; who gets it without a subscription may be shown any.
            ShownTopic = peer is not null && properties.TryGet(MessagePropertyNames.MqttRealTopic, out var shown) && TopicName.IsValid(shown) ? shown.ToArray() : null,
            Payload = view.Body.ToArray(),
            QualityOfService = properties.TryGet(MessagePropertyNames.QosLevel, out var qos) && qos is [(byte)'0'] ? 0 : 1,
            ExpiresAt = expiresAt,
            PeerToPeerClient = peer,
            Publisher = properties.GetString(MessagePropertyNames.ClientId),
            ContentType = TextOf(properties, MessagePropertyNames.Mqtt5ContentType),
            ResponseTopic = TextOf(properties, MessagePropertyNames.Mqtt5ResponseTopic) is { } response && TopicName.IsValid(response) ? response : null,
            CorrelationData = CorrelationOf(properties),
            PayloadFormat = properties.TryGet(MessagePropertyNames.Mqtt5PayloadFormatIndicator, out var format) && format is [(byte)'1'] ? (byte)1 : null,
            UserProperties = UserPropertiesOf(properties),
        };
    }

    private byte[] TopicOf(ReadOnlySpan<byte> second)
    {
        if (route.IsCatchAll)
        {
            return second.IsEmpty ? [] : second[1..].ToArray();
        }

        if (second.IsEmpty || second[0] == (byte)'/')
        {
            return [.. route.Utf8Name, .. second];
        }

        return [.. route.Utf8Name, (byte)'/', .. second];
    }

    private static string? PeerOf(ReadOnlySpan<byte> topic)
    {
        var first = TopicTable.FirstLevel(topic);
        var rest = first.Length < topic.Length ? topic[(first.Length + 1)..] : default;
        return rest.StartsWith("p2p/"u8) && rest.Length > 4 && !rest[4..].Contains((byte)'/') ? Encoding.UTF8.GetString(rest[4..]) : null;
    }

    /// <summary>What a foreign producer wrote may be no MQTT text; a client would close for it.</summary>
    private static byte[]? TextOf(in MessageProperties properties, ReadOnlySpan<byte> name) =>
        properties.TryGet(name, out var value) && MqttText.IsWellFormed(value) ? value.ToArray() : null;

    private static byte[]? CorrelationOf(in MessageProperties properties)
    {
        if (!properties.TryGet(MessagePropertyNames.Mqtt5CorrelationData, out var base64))
        {
            return null;
        }

        var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(base64.Length)];
        return Base64.DecodeFromUtf8(base64, bytes, out _, out var written) == OperationStatus.Done ? bytes[..written] : null;
    }

    private static IReadOnlyList<(byte[] Name, byte[] Value)> UserPropertiesOf(in MessageProperties properties)
    {
        if (!properties.TryGet(MessagePropertyNames.Mqtt5UserProperty, out var json))
        {
            return [];
        }

        try
        {
            using var document = JsonDocument.Parse(json.ToArray());
            return document.RootElement.ValueKind != JsonValueKind.Array
                ? []
                : [.. document.RootElement.EnumerateArray()
                    .Where(pair => pair.ValueKind == JsonValueKind.Object)
                    .Select(pair => (TextOf(pair, "key"), TextOf(pair, "value")))
                    .Where(pair => MqttText.IsWellFormed(pair.Item1) && MqttText.IsWellFormed(pair.Item2))];
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException) // the second: half a surrogate pair
        {
            return []; // a foreign producer's text in that property: the message is delivered without it
        }
    }

    private static byte[] TextOf(JsonElement pair, string name) =>
        pair.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? Encoding.UTF8.GetBytes(value.GetString()!) : [];
}
