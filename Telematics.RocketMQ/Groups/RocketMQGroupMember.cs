using Telematics.Messaging;
using Telematics.RocketMQ.Reading;
using Telematics.RocketMQ.Remoting;

namespace Telematics.RocketMQ.Groups;

/// <summary>
/// The port's member: it divides the declared queues, whichever of their brokers are there, so that a broker that is away moves nobody
/// else's queues. Its offsets are the reader's; the broker hears of them for RocketMQ's own tools only.
/// </summary>
internal sealed class RocketMQGroupMember : IConsumerGroupMember
{
    private readonly GroupMembership _membership;
    private readonly RemotingClient _client;

    private RocketMQGroupMember(string group, GroupMembership membership, RemotingClient client)
    {
        Group = group;
        _membership = membership;
        _client = client;
    }

    public string Group { get; }

    /// <summary>Joins and waits for the first division.</summary>
    /// <param name="group">The group.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="queues">The topic's declared queues.</param>
    /// <param name="listener">Hears of assignments, also during this call.</param>
    /// <param name="context">Its client becomes the member's, which disposes it.</param>
    /// <param name="cancellationToken">Ends the wait; nothing is joined then.</param>
    /// <exception cref="MessageLogException">A broker refuses the member.</exception>
    public static async Task<RocketMQGroupMember> JoinAsync(string group, string topic, IReadOnlyList<MessageQueue> queues, IAssignmentListener listener, GroupContext context, CancellationToken cancellationToken)
    {
        var subscription = new GroupSubscription(topic, new TagExpression(TagFilter.All), _ => new ValueTask<IReadOnlyList<MessageQueue>?>(queues), listener);
        var membership = new GroupMembership(group, "CLUSTERING", "CONSUME_FROM_FIRST_OFFSET", [subscription], context);
        var member = new RocketMQGroupMember(group, membership, context.Client);
        try
        {
            await membership.JoinAsync(cancellationToken);
            return member;
        }
        catch
        {
            await member.DisposeAsync();
            throw;
        }
    }

    public void ReportProgress(MessageQueue queue, long nextOffset)
    {
        ArgumentNullException.ThrowIfNull(queue);
        _membership.ReportProgress(queue, nextOffset);
    }

    public async ValueTask DisposeAsync()
    {
        await _membership.DisposeAsync();
        await _client.DisposeAsync();
    }
}
