namespace Telematics.Messaging;

/// <summary>Membership of a consumer group: the topic's queues are divided among the members. Disposing it leaves the group.</summary>
public interface IConsumerGroupMember : IAsyncDisposable
{
    /// <summary>The group.</summary>
    string Group { get; }

    /// <summary>Tells the log how far the group is, only so that the log's own tools show the lag; the true offset is the reader's.</summary>
    void ReportProgress(MessageQueue queue, long nextOffset);
}

/// <summary>Hears which queues are this member's. Calls come one after the other.</summary>
public interface IAssignmentListener
{
    /// <summary>The queue is this member's from now on. For a moment the old owner may still be at work.</summary>
    void OnAssigned(MessageQueue queue);

    /// <summary>The queue is no longer this member's; returns when the member no longer works on it.</summary>
    ValueTask OnRevokedAsync(MessageQueue queue);
}
