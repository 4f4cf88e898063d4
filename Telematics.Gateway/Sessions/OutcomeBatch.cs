using System.Buffers;
using Telematics.Messaging;

namespace Telematics.Gateway.Sessions;

/// <summary>Outcomes of appends on their way from a thread of the log to the loop, many in one piece.</summary>
internal sealed class OutcomeBatch : ILoopWork
{
    private readonly AppendOutcome[] _outcomes;
    private readonly int _count;

    private OutcomeBatch(AppendOutcome[] outcomes, int count)
    {
        _outcomes = outcomes;
        _count = count;
    }

    /// <summary>Copies what is valid during the call only.</summary>
    public static OutcomeBatch Copy(ReadOnlySpan<AppendOutcome> outcomes)
    {
        var copy = ArrayPool<AppendOutcome>.Shared.Rent(outcomes.Length);
        outcomes.CopyTo(copy);
        return new OutcomeBatch(copy, outcomes.Length);
    }

    /// <inheritdoc/>
    public void Run(SessionLoop loop)
    {
        foreach (var outcome in _outcomes.AsSpan(0, _count))
        {
            var owner = AppendOwner.FromInt64(outcome.Token.Owner);
            switch (owner.Class)
            {
                case AppendClass.Publish or AppendClass.UnacknowledgedPublish:
                    loop.Publishes.OnOutcome(owner, outcome.Token.Item, outcome.Status);
                    break;
                case AppendClass.Connect:
                    loop.Connects.OnEventOutcome(owner, outcome.Status);
                    break;
                default:
                    loop.Presence.OnSystemOutcome((SystemAppend)outcome.Token.Item, outcome.Status);
                    break;
            }
        }

        ArrayPool<AppendOutcome>.Shared.Return(_outcomes);
    }
}
