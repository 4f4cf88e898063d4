using Telematics.Messaging;

namespace Telematics.RocketMQ.Groups;

/// <summary>What a <see cref="RocketMQConsumer"/> consumes.</summary>
public sealed class RocketMQConsumerOptions
{
    /// <summary>The group, 1 to 120 of <c>[A-Za-z0-9_%|-]</c>. All its members consume the same topic with the same tags.</summary>
    public required string Group { get; init; }

    /// <summary>The topic.</summary>
    public required string Topic { get; init; }

    /// <summary>Which tags.</summary>
    public TagFilter Tags { get; init; } = TagFilter.All;

    /// <summary>Whether the members share the messages, or each gets all of them.</summary>
    public ConsumeMode Mode { get; init; } = ConsumeMode.Clustering;

    /// <summary>Where a group begins that has no offset yet; in broadcast mode where each start begins.</summary>
    public ConsumeFrom From { get; init; } = ConsumeFrom.Last;

    /// <summary>For <see cref="ConsumeFrom.Timestamp"/>: from the first message stored at or after this time.</summary>
    public DateTimeOffset FromTime { get; init; }

    /// <summary>How often a message may be put off before the broker moves it to <c>%DLQ%</c> and the group's name; 1 to 100.</summary>
    public int MaxReconsumeTimes { get; init; } = 16;
}

/// <summary>How a group's members stand to each other.</summary>
public enum ConsumeMode
{
    /// <summary>They divide the queues; offsets are kept in the brokers, so that any member, a Java one too, goes on where another was.</summary>
    Clustering,

    /// <summary>Each gets all messages; offsets live as long as the consumer, which begins by <see cref="RocketMQConsumerOptions.From"/>.</summary>
    Broadcasting,
}

/// <summary>Where to begin without an offset.</summary>
public enum ConsumeFrom
{
    /// <summary>With what is sent from now on.</summary>
    Last,

    /// <summary>With the oldest message that is still there.</summary>
    First,

    /// <summary>At a time.</summary>
    Timestamp,
}
