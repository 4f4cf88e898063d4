using Telematics.Gateway.Sessions;

namespace Telematics.Gateway.Downlink;

/// <summary>
/// What of topics a loop delivered last. A session that moves between loops is for a moment in neither's index; by the
/// numbers it gets what passed meanwhile, once.
/// </summary>
internal sealed class RecentTopics(SessionLoop loop)
{
    /// <summary>A move takes microseconds, a batch under way at least its read from the log.</summary>
    private const int Kept = 32;

    private readonly Queue<TopicWork> _recent = new();

    /// <summary>Number of the last delivered.</summary>
    public long LastSequence { get; private set; }

    /// <summary>The loop is new: what came before is not its own.</summary>
    public void Begin(long lastSequence) => LastSequence = lastSequence;

    /// <summary>Notes what is about to be delivered.</summary>
    public void Add(TopicWork work)
    {
        LastSequence = work.Sequence;
        _recent.Enqueue(work);
        if (_recent.Count > Kept)
        {
            _recent.Dequeue();
        }
    }

    /// <summary>Delivers to a session what passed here since it was last delivered to.</summary>
    public void Replay(int session)
    {
        var seen = loop.Sessions[session].SeenTopics;
        if (_recent.TryPeek(out var oldest) && seen + 1 < oldest.Sequence && seen < LastSequence)
        {
            loop.Shared.Logger.TopicsMissed(loop.Sessions[session].ClientId, seen + 1, oldest.Sequence - 1);
        }

        foreach (var work in _recent)
        {
            if (work.Sequence > seen)
            {
                foreach (var message in work.Messages)
                {
                    loop.Subscriptions.DeliverLate(message, session);
                }
            }
        }

        loop.Sessions[session].SeenTopics = Math.Max(seen, LastSequence);
    }
}
