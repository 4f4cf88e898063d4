using Telematics.Messaging;
using Telematics.RocketMQ.Reading;

namespace Telematics.RocketMQ.Groups;

/// <summary>A topic that a member takes part in.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Tags">Which tags; all members of a group must say the same.</param>
/// <param name="GetQueuesAsync">The queues that are divided; null: they cannot be told now, and the division stays as it is.</param>
/// <param name="Listener">Hears which are this member's.</param>
internal sealed record GroupSubscription(string Topic, TagExpression Tags, Func<CancellationToken, ValueTask<IReadOnlyList<MessageQueue>?>> GetQueuesAsync, IAssignmentListener Listener);
