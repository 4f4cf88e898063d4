using System.Text;
using Telematics.Messaging;
using Telematics.RocketMQ.Reading;
using Telematics.RocketMQ.Records;

namespace Telematics.RocketMQ.Groups;

/// <summary>Makes messages of the records that one reader decodes.</summary>
internal sealed class ReceivedMessages(MessageQueue queue) : IRecordObserver
{
    private readonly List<RocketMQReceivedMessage> _messages = [];

    public void OnAdded(in StoredRecord record, long offset, ReadOnlySpan<byte> properties, ReadOnlySpan<byte> body)
    {
        var named = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var property in new MessageProperties(properties))
        {
            named[Encoding.UTF8.GetString(property.Name)] = Encoding.UTF8.GetString(property.Value);
        }

        _messages.Add(new RocketMQReceivedMessage
        {
            Topic = named.GetValueOrDefault("RETRY_TOPIC") ?? queue.Topic,
            Broker = queue.Broker,
            QueueId = queue.QueueId,
            Offset = offset,
            MessageId = named.GetValueOrDefault(SystemProperties.UniqueKey, ""),
            Tag = named.GetValueOrDefault(SystemProperties.Tags, ""),
            Keys = named.GetValueOrDefault(SystemProperties.Keys, ""),
            Properties = named,
            Body = body.ToArray(),
            BornTime = TimeOf(record.BornTime),
            StoreTime = TimeOf(record.StoreTime),
            ReconsumeTimes = record.ReconsumeTimes,
            CommitLogOffset = record.CommitLogOffset,
        });
    }

    // A producer may call any number its time.
    private static DateTimeOffset TimeOf(long milliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(milliseconds, DateTimeOffset.MinValue.ToUnixTimeMilliseconds(), DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));

    /// <summary>The messages since the last call.</summary>
    public RocketMQReceivedMessage[] Take()
    {
        var messages = _messages.ToArray();
        _messages.Clear();
        return messages;
    }
}
