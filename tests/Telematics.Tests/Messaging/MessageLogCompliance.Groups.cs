using System.Collections.Concurrent;
using Telematics.Messaging;
using Xunit;

namespace Telematics.Tests.Messaging;

public abstract partial class MessageLogCompliance
{
    [Fact]
    public async Task A_single_member_gets_every_queue()
    {
        var topic = await DeclareAsync(8);
        var owners = new QueueOwners();
        var listener = new Member(owners);
        await using var member = await Log.JoinGroupAsync($"g-{topic}", topic, listener, Cancellation);
        Assert.Equal($"g-{topic}", member.Group);
        await owners.UntilAsync(() => listener.Count == 8, Cancellation);
    }

    [Fact]
    public async Task Members_that_come_and_go_share_the_queues_evenly_and_each_queue_has_one_owner()
    {
        var topic = await DeclareAsync(8);
        var owners = new QueueOwners();
        var listeners = Enumerable.Range(0, 3).Select(_ => new Member(owners)).ToArray();
        var first = await Log.JoinGroupAsync($"g-{topic}", topic, listeners[0], Cancellation);
        var second = await Log.JoinGroupAsync($"g-{topic}", topic, listeners[1], Cancellation);
        await owners.UntilAsync(() => listeners[0].Count == 4 && listeners[1].Count == 4, Cancellation);
        var third = await Log.JoinGroupAsync($"g-{topic}", topic, listeners[2], Cancellation);
        await owners.UntilAsync(() => listeners.Sum(listener => listener.Count) == 8 && listeners.All(listener => listener.Count is 2 or 3), Cancellation);

        await first.DisposeAsync();
        await owners.UntilAsync(() => listeners[0].Count == 0 && listeners[1].Count == 4 && listeners[2].Count == 4, Cancellation);
        await second.DisposeAsync();
        await owners.UntilAsync(() => listeners[2].Count == 8, Cancellation);
        await third.DisposeAsync();
        Assert.False(owners.HadTwo && !MayOverlap, "A queue was given to a second member before it was revoked from the first.");
        Assert.Equal((null, 0), (owners.Fault, owners.Count));
        Assert.All(listeners, listener => Assert.False(listener.Overlapped, "Two calls to one listener at once."));
    }

    [Fact]
    public async Task Two_groups_get_all_queues_each()
    {
        var topic = await DeclareAsync(4);
        var (one, other) = (new Member(new QueueOwners()), new Member(new QueueOwners()));
        await using var first = await Log.JoinGroupAsync($"a-{topic}", topic, one, Cancellation);
        await using var second = await Log.JoinGroupAsync($"b-{topic}", topic, other, Cancellation);
        await one.Owners.UntilAsync(() => one.Count == 4, Cancellation);
        await other.Owners.UntilAsync(() => other.Count == 4, Cancellation);
        first.ReportProgress(Log.GetQueues(topic)[0], 0);
    }

    [Fact]
    public async Task A_group_on_two_topics_has_an_owner_for_every_queue_of_both()
    {
        // As of the Commands role: in RocketMQ itself all members of a group must have the same topics.
        var (one, other) = (await DeclareAsync(4), await DeclareAsync(4));
        var owners = new QueueOwners();
        var listeners = Enumerable.Range(0, 4).Select(_ => new Member(owners)).ToArray();
        await using var first = await Log.JoinGroupAsync($"g-{one}", one, listeners[0], Cancellation);
        await using var second = await Log.JoinGroupAsync($"g-{one}", other, listeners[1], Cancellation);
        await using var third = await Log.JoinGroupAsync($"g-{one}", one, listeners[2], Cancellation);
        await using var fourth = await Log.JoinGroupAsync($"g-{one}", other, listeners[3], Cancellation);
        await owners.UntilAsync(() => listeners.All(listener => listener.Count == 2), Cancellation);
    }

    private sealed class QueueOwners
    {
        private readonly ConcurrentDictionary<(MessageQueue Queue, Member Member), bool> _owners = new();
        private readonly SemaphoreSlim _changed = new(0);

        public bool HadTwo { get; private set; }

        /// <summary>A call that cannot be.</summary>
        public string? Fault { get; private set; }

        public int Count => _owners.Count;

        public void Add(MessageQueue queue, Member member)
        {
            HadTwo |= _owners.Keys.Any(owner => owner.Queue == queue);
            Fault ??= _owners.TryAdd((queue, member), true) ? null : $"{queue} was given to a member that has it.";
            _changed.Release();
        }

        public void Remove(MessageQueue queue, Member member)
        {
            Fault ??= _owners.TryRemove((queue, member), out _) ? null : $"{queue} was taken from a member that does not have it.";
            _changed.Release();
        }

        public int CountOf(Member member) => _owners.Keys.Count(owner => ReferenceEquals(owner.Member, member));

        public async Task UntilAsync(Func<bool> reached, CancellationToken cancellationToken)
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            timeout.CancelAfter(TimeSpan.FromSeconds(60));
            while (!reached())
            {
                await _changed.WaitAsync(timeout.Token);
            }
        }
    }

    private sealed class Member(QueueOwners owners) : IAssignmentListener
    {
        private int _calls;

        public QueueOwners Owners => owners;

        public bool Overlapped { get; private set; }

        public int Count => owners.CountOf(this);

        public void OnAssigned(MessageQueue queue)
        {
            Overlapped |= Interlocked.Increment(ref _calls) > 1;
            owners.Add(queue, this);
            Interlocked.Decrement(ref _calls);
        }

        public async ValueTask OnRevokedAsync(MessageQueue queue)
        {
            Overlapped |= Interlocked.Increment(ref _calls) > 1;
            await Task.Yield();
            owners.Remove(queue, this);
            Interlocked.Decrement(ref _calls);
        }
    }
}
