using System.Text;
using Telematics.Contracts;
using Telematics.Gateway.Sessions;
using Telematics.Mqtt;
using Telematics.Mqtt.Topics;

namespace Telematics.Gateway.Topics;

/// <summary>Who may publish where, and subscribe to what.</summary>
internal sealed class PublishRules(GatewayOptions options, TopicTable topics)
{
    private const int MaxKeyLength = 255;

    /// <summary>Judges the topic of a publish or will.</summary>
    /// <param name="topic">A valid topic name.</param>
    /// <param name="clientId">The publisher.</param>
    /// <param name="isAuthenticated">Whether it may use its own topics only.</param>
    /// <param name="route">Where the message goes.</param>
    /// <param name="keyRange">The part of the topic that is the message's key; empty: the client identifier is.</param>
    public Refusal CheckPublish(ReadOnlySpan<byte> topic, string clientId, bool isAuthenticated, out TopicRoute? route, out Range keyRange)
    {
        route = null;
        keyRange = default;
        if (topic.Length > options.MaxTopicLength)
        {
            return Refusal.InvalidTopic;
        }

        if (MqttText.ContainsControlCharacters(topic))
        {
            return Refusal.ControlCharacter;
        }

        var first = TopicTable.FirstLevel(topic);
        route = topics.Find(first);
        if (route is null)
        {
            return topics.IsInternal(first) ? Refusal.InternalTopic : Refusal.UndeclaredTopic;
        }

        if (route.Kind == TopicKind.Downlink)
        {
            return Refusal.DownlinkTopic;
        }

        if (route.Kind == TopicKind.Exchange)
        {
            return Refusal.None; // the client's messages keep their order, whatever their topics
        }

        var rest = first.Length < topic.Length ? topic[(first.Length + 1)..] : default;
        var second = TopicTable.FirstLevel(rest);
        if (route.IsVehicleTopic && (second.Length != rest.Length || !VehicleId.IsValid(second)))
        {
            return Refusal.InvalidTopic;
        }

        if (isAuthenticated && !IsClient(second, clientId))
        {
            return Refusal.ForeignTopic;
        }

        keyRange = second.Length is > 0 and <= MaxKeyLength ? (first.Length + 1)..(first.Length + 1 + second.Length) : default;
        return Refusal.None;
    }

    /// <summary>Judges a topic filter.</summary>
    public Refusal CheckSubscribe(ReadOnlySpan<byte> filter, string clientId, bool isAuthenticated)
    {
        if (!TopicFilter.IsValid(filter) || filter.Length > options.MaxTopicLength || TopicFilter.CountLevels(filter) > TopicFilter.MaximumLevels)
        {
            return Refusal.InvalidTopic;
        }

        if (MqttText.ContainsControlCharacters(filter))
        {
            return Refusal.ControlCharacter;
        }

        if (TopicFilter.IsShared(filter))
        {
            return Refusal.SharedSubscription;
        }

        var rest = filter;
        var first = TopicName.TakeLevel(ref rest, out var isLast);
        if (first is not [(byte)'+'] and not [(byte)'#'])
        {
            var route = topics.Find(first);
            if (route is null)
            {
                return topics.IsInternal(first) ? Refusal.InternalTopic : Refusal.UndeclaredTopic;
            }

            if (route.Kind == TopicKind.Uplink)
            {
                return Refusal.UplinkTopic;
            }
        }

        // A wildcard in the place of the client is granted: it brings the client's own messages only.
        if (isAuthenticated && !isLast && TopicName.TakeLevel(ref rest, out isLast).SequenceEqual("p2p"u8) && !isLast)
        {
            var client = TopicName.TakeLevel(ref rest, out _);
            if (client is not [(byte)'+'] and not [(byte)'#'] && !IsClient(client, clientId))
            {
                return Refusal.ForeignTopic;
            }
        }

        return Refusal.None;
    }

    /// <summary>Whether UTF-8 is this client identifier.</summary>
    public static bool IsClient(ReadOnlySpan<byte> utf8, string clientId)
    {
        Span<byte> own = stackalloc byte[256];
        return utf8.SequenceEqual(own[..Encoding.UTF8.GetBytes(clientId, own)]);
    }
}
