using Telematics.Messaging;
using Telematics.Mqtt;

namespace Telematics.Gateway.Sessions;

/// <summary>
/// What concerns every connection of a loop, in bounded slices: announcing them under a new instance, and asking them to
/// leave when the gateway stops.
/// </summary>
internal sealed class ConnectionSweep(SessionLoop loop)
{
    private int _next = -1;
    private long _lastSlice;
    private double _credit;
    private int _systemAppends;
    private TaskCompletionSource? _drained;

    /// <summary>What a client is told that is to go elsewhere, if the settings say where.</summary>
    public MqttReasonCode? Elsewhere => string.IsNullOrEmpty(loop.Options.ServerReference) ? null : MqttReasonCode.UseAnotherServer;

    /// <summary>Whether slices remain.</summary>
    public bool IsUnderWay => _next >= 0;

    /// <summary>All connections go on under another instance.</summary>
    public void Announce(string instance)
    {
        loop.Instance = instance;
        Begin();
    }

    /// <summary>All connections are to leave; the task completes when their ends are in the log.</summary>
    public void Drain(TaskCompletionSource drained)
    {
        loop.IsDraining = true;
        _drained = drained;
        loop.Register.OnDraining();
        Begin();
        CompleteIfDrained();
    }

    /// <summary>A connection got its CONNACK; it may have missed the sweep.</summary>
    public void OnAccepted(int slot)
    {
        if (loop.IsDraining)
        {
            loop.Ends.End(slot, EndReason.ServerShuttingDown, Elsewhere ?? MqttReasonCode.ServerShuttingDown);
        }
        else if (!IsUnderWay && loop.Connections[slot].Instance != loop.Instance)
        {
            loop.Presence.AppendAnnounce(slot);
        }
    }

    /// <summary>A connection is gone.</summary>
    public void OnEnded() => CompleteIfDrained();

    /// <summary>An event was appended whose outcome concerns no connection.</summary>
    public void OnSystemAppended() => _systemAppends++;

    /// <summary>Such an event has its outcome.</summary>
    public void OnSystemOutcome()
    {
        _systemAppends--;
        CompleteIfDrained();
    }

    /// <summary>Does the next slice if it is due.</summary>
    public void Continue()
    {
        const double slicesPerSecond = 10;
        if (_next < 0 || loop.Now - _lastSlice < 1_000 / slicesPerSecond)
        {
            return;
        }

        // A slow drain has less than one for a slice.
        _lastSlice = loop.Now;
        _credit += RatePerSecond / slicesPerSecond;
        for (; _credit >= 1 && _next < loop.Connections.HighWater; _next++)
        {
            if (loop.Connections.IsInUse(_next) && loop.Connections[_next].State != ConnectionState.Lingering)
            {
                _credit--;
                Visit(_next);
            }
        }

        if (_next >= loop.Connections.HighWater)
        {
            _next = -1;
        }
    }

    private double RatePerSecond =>
        loop.IsDraining && loop.Options.DrainRate > 0 ? (double)loop.Options.DrainRate / loop.Shared.Loops.Count : loop.Options.SweepRate;

    private void Begin()
    {
        _next = 0;
        _credit = 0;
        _lastSlice = loop.Now - 1_000;
    }

    private void Visit(int slot)
    {
        ref var connection = ref loop.Connections[slot];
        if (loop.IsDraining)
        {
            // Who waits for its connect event is ended when that is stored.
            loop.Ends.End(slot, EndReason.ServerShuttingDown, Elsewhere ?? (connection.State == ConnectionState.Open ? MqttReasonCode.ServerShuttingDown : MqttReasonCode.ServerUnavailable));
        }
        else if (connection.IsHere && connection.Instance != loop.Instance)
        {
            loop.Presence.AppendAnnounce(slot);
        }
    }

    private void CompleteIfDrained()
    {
        if (_drained is not null && loop.Connections.Count == 0 && _systemAppends <= 0 && loop.Receipts.IsEmpty)
        {
            PoolRelay.Queue(() => _drained.TrySetResult());
        }
    }
}
