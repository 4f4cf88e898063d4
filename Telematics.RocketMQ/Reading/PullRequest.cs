using Telematics.Messaging;
using Telematics.RocketMQ.Remoting;

namespace Telematics.RocketMQ.Reading;

/// <summary>PULL_MESSAGE. It brings its own subscription, so that no heartbeat needs to, and commits nothing.</summary>
internal static class PullRequest
{
    /// <param name="queue">The queue.</param>
    /// <param name="group">In whose name it is read.</param>
    /// <param name="offset">The first offset wanted.</param>
    /// <param name="maxMessages">At most so many messages; the broker has limits of its own.</param>
    /// <param name="hold">How long the broker may hold the pull when nothing is there; zero: not at all.</param>
    /// <param name="subscription">The tags, as a broker takes them.</param>
    public static RemotingRequest Create(MessageQueue queue, string group, long offset, int maxMessages, TimeSpan hold, string subscription)
    {
        var flags = hold > TimeSpan.Zero ? PullFlags.Hold | PullFlags.Subscription : PullFlags.Subscription;
        return new RemotingRequest(RequestCode.PullMessage)
            .Add("consumerGroup", group)
            .Add("topic", queue.Topic)
            .Add("queueId", queue.QueueId)
            .Add("queueOffset", offset)
            .Add("maxMsgNums", maxMessages)
            .Add("sysFlag", (int)flags)
            .Add("commitOffset", 0)
            .Add("suspendTimeoutMillis", (long)hold.TotalMilliseconds)
            .Add("subVersion", 0)
            .Add("subscription", subscription)
            .Add("expressionType", "TAG");
    }

    [Flags]
    private enum PullFlags
    {
        /// <summary>Hold the pull when nothing is there.</summary>
        Hold = 2,

        /// <summary>The request says what is subscribed; no heartbeat needs to.</summary>
        Subscription = 4,
    }
}
