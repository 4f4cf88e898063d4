using System.Buffers;
using System.Text;
using System.Text.Json;
using Telematics.Messaging;

namespace Telematics.RocketMQ.Groups;

/// <summary>The body of a heartbeat (request 34): who is here, in which group, for which topics.</summary>
internal static class HeartbeatBody
{
    public static byte[] Write(string clientId, string group, string messageModel, string consumeFrom, IReadOnlyList<GroupSubscription> subscriptions, long version)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("clientID", clientId);
        json.WriteStartArray("producerDataSet");
        json.WriteEndArray();
        json.WriteStartArray("consumerDataSet");
        json.WriteStartObject();
        json.WriteString("groupName", group);
        json.WriteString("consumeType", "CONSUME_PASSIVELY");
        json.WriteString("messageModel", messageModel);
        json.WriteString("consumeFromWhere", consumeFrom);
        json.WriteBoolean("unitMode", false);
        json.WriteStartArray("subscriptionDataSet");
        foreach (var subscription in subscriptions)
        {
            json.WriteStartObject();
            json.WriteString("topic", subscription.Topic);
            json.WriteString("subString", subscription.Tags.Text);
            WriteTags(json, subscription.Tags.Tags);
            json.WriteNumber("subVersion", version);
            json.WriteString("expressionType", "TAG");
            json.WriteBoolean("classFilterMode", false);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteTags(Utf8JsonWriter json, IReadOnlyList<string> tags)
    {
        json.WriteStartArray("tagsSet");
        foreach (var tag in tags)
        {
            json.WriteStringValue(tag);
        }

        json.WriteEndArray();

        // The broker compares these, not the tags.
        json.WriteStartArray("codeSet");
        foreach (var tag in tags)
        {
            json.WriteNumberValue(QueueSelector.JavaHashCode(Encoding.UTF8.GetBytes(tag)));
        }

        json.WriteEndArray();
    }
}
