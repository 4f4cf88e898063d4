using Telematics.RocketMQ.Records;
using Telematics.RocketMQ.Remoting;

namespace Telematics.RocketMQ.Producing;

/// <summary>The header of SEND_MESSAGE_V2 and SEND_BATCH_MESSAGE, with its one-letter names.</summary>
internal static class SendHeader
{
    private const string ProducerGroup = "rocketmq-dotnet";

    /// <param name="request">Gets the fields.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="queueId">The queue's number on the broker.</param>
    /// <param name="flags">Whether and how bodies are compressed.</param>
    /// <param name="bornTime">In milliseconds since 1970-01-01 UTC.</param>
    /// <param name="properties">
    /// Of a single message. Of a batch always empty: a delay there lets the members vanish and stops the broker's timer for good.
    /// </param>
    /// <param name="isBatch">Whether the body is a batch.</param>
    public static void Add(RemotingRequest request, string topic, int queueId, SysFlag flags, long bornTime, string properties, bool isBatch) => request
        .Add("a", ProducerGroup)
        .Add("b", topic)
        .Add("c", topic) // the topic after which a missing one is made: itself, so none is
        .Add("d", 1)
        .Add("e", queueId)
        .Add("f", (int)flags)
        .Add("g", bornTime)
        .Add("h", 0)
        .Add("i", properties)
        .Add("j", 0)
        .Add("k", false)
        .Add("m", isBatch);
}
