namespace Telematics.Messaging.Embedded;

/// <summary>A member of a consumer group in this process.</summary>
internal sealed class GroupMember(ConsumerGroup group, IAssignmentListener listener) : IConsumerGroupMember
{
    public string Group => group.Name;

    public IAssignmentListener Listener { get; } = listener;

    public void ReportProgress(MessageQueue queue, long nextOffset)
    {
        ArgumentNullException.ThrowIfNull(queue);
        group.ReportProgress(queue, nextOffset);
    }

    public async ValueTask DisposeAsync() => await group.LeaveAsync(this);
}
