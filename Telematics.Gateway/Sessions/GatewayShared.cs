using Microsoft.Extensions.Logging;
using Telematics.Contracts.Credentials;
using Telematics.Gateway.Downlink;
using Telematics.Gateway.Presence;
using Telematics.Gateway.Topics;
using Telematics.Messaging;

namespace Telematics.Gateway.Sessions;

/// <summary>What all loops of a gateway share; each part is safe for any thread.</summary>
internal sealed class GatewayShared
{
    public required GatewayOptions Options { get; init; }

    public required TimeProvider Time { get; init; }

    public required TopicTable Topics { get; init; }

    public required IMessageProducer VehicleEvents { get; init; }

    public required IMessageProducer CommandReceipts { get; init; }

    /// <summary>Null without authentication.</summary>
    public required ICredentialVerifier? Verifier { get; init; }

    public required GatewayMetrics Metrics { get; init; }

    public required ILogger Logger { get; init; }

    /// <summary>Connections a second that come in.</summary>
    public required RateGate Accepts { get; init; }

    /// <summary>CONNECTs a second that are taken.</summary>
    public required RateGate Connects { get; init; }

    /// <summary>Log-ins that the verifier has not answered.</summary>
    public required PendingLogIns LogIns { get; init; }

    /// <summary>What is kept for clients.</summary>
    public required BufferBudget Buffers { get; init; }

    /// <summary>The gateway's name.</summary>
    public required GatewayInstance Instance { get; init; }

    /// <summary>Whether the log has a line about a certificate that was not its user's.</summary>
    public bool IsMismatchLogged;

    private readonly Lock _order = new();
    private volatile SessionLoop[] _loops = [];
    private long _lastTopicSequence;
    private int _connections;

    public ClientDirectory Directory { get; } = new();

    public ChannelId Channels { get; } = new();

    /// <summary>All loops by index; they become more, never fewer.</summary>
    public IReadOnlyList<SessionLoop> Loops => _loops;

    /// <summary>Counts a connection in; false when there may be no further one.</summary>
    public bool TryCountConnection()
    {
        if (Interlocked.Increment(ref _connections) <= Options.MaxConnections)
        {
            return true;
        }

        UncountConnection();
        return false;
    }

    /// <summary>Counts a connection out.</summary>
    public void UncountConnection() => Interlocked.Decrement(ref _connections);

    /// <summary>Adds a loop under the next index: it gets everything that is posted to all from here on, under the present instance.</summary>
    /// <exception cref="InvalidOperationException">There may be no further one.</exception>
    public T AddLoop<T>(Func<int, T> make, Func<T, SessionLoop> loopOf)
    {
        lock (_order)
        {
            if (_loops.Length == AppendOwner.MaxLoops)
            {
                throw new InvalidOperationException($"A gateway may have {AppendOwner.MaxLoops} loops.");
            }

            var made = make(_loops.Length);
            var loop = loopOf(made);
            loop.Recent.Begin(_lastTopicSequence);
            _loops = [.. _loops, loop];
            return made;
        }
    }

    /// <summary>Gives messages to all loops, numbered, so that all loops have them in the same order.</summary>
    public void PostToAll(TopicWork work)
    {
        lock (_order)
        {
            work.Number(++_lastTopicSequence, _loops.Length);
            Post(work);
        }
    }

    /// <summary>Gives work to all loops.</summary>
    public void PostToAll(ILoopWork work)
    {
        lock (_order)
        {
            Post(work);
        }
    }

    private void Post(ILoopWork work)
    {
        foreach (var loop in _loops)
        {
            loop.Post(work);
        }
    }
}
