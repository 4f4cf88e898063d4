using System.Buffers;
using Telematics.Messaging;
using Telematics.Mqtt;

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
        for (var i = 0; i < _count; i++)
        {
            Take(loop, _outcomes[i]);
        }

        ArrayPool<AppendOutcome>.Shared.Return(_outcomes);
    }

#pragma warning disable CA1031 // A fault with one connection's outcome must not lose those of all others; logged here, once.
    private static void Take(SessionLoop loop, in AppendOutcome outcome)
    {
        var owner = AppendOwner.FromInt64(outcome.Token.Owner);
        try
        {
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
        catch (Exception exception)
        {
            loop.Shared.Logger.LoopWorkFailed(exception, nameof(OutcomeBatch), loop.Index);
            if (owner.Class != AppendClass.System && loop.Connections.IsCurrent(owner.Slot, owner.Generation))
            {
                loop.Ends.End(owner.Slot, EndReason.InternalError, MqttReasonCode.UnspecifiedError, abort: true);
            }
        }
    }
#pragma warning restore CA1031
}
