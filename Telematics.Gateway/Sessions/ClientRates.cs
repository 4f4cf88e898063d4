namespace Telematics.Gateway.Sessions;

/// <summary>
/// Messages and bytes a second that one client may send, one second's worth of them at once. Above it the connection is
/// not read until its debt is down again; nothing is refused, and its keep-alive does not run meanwhile.
/// </summary>
internal sealed class ClientRates(SessionLoop loop)
{
    private const double Burst = 1_000;

    private readonly double _perMessage = MillisecondsOf(loop.Options.MaxMessageRate);
    private readonly double _perByte = MillisecondsOf(loop.Options.MaxByteRate);
    private Debt[] _debts = [];

    private bool IsOn => _perMessage > 0 || _perByte > 0;

    /// <summary>A slot has a new connection.</summary>
    public void OnOpened(int slot)
    {
        if (!IsOn)
        {
            return;
        }

        if (slot >= _debts.Length)
        {
            Array.Resize(ref _debts, Math.Max(slot + 1, Math.Max(256, _debts.Length * 2)));
        }

        _debts[slot] = default;
    }

    /// <summary>A packet was taken. It is always taken whole, also when it is more than a second's worth.</summary>
    public void OnTaken(int slot, int bytes, bool isPublish)
    {
        if (!IsOn || loop.Connections[slot].State != ConnectionState.Open)
        {
            return;
        }

        ref var debt = ref _debts[slot];
        debt.Bytes = Math.Max(debt.Bytes, loop.Now) + (bytes * _perByte);
        debt.Messages = Math.Max(debt.Messages, loop.Now) + (isPublish ? _perMessage : 0);
        var wait = Math.Max(debt.Bytes, debt.Messages) - loop.Now - Burst;
        if (wait > 0)
        {
            loop.Counters.RatePauses++;
            loop.Pause(slot, PauseReasons.Rate);
            loop.AddTimer(TimerKind.Rate, slot, loop.Connections.GenerationOf(slot), (long)Math.Ceiling(wait));
        }
    }

    /// <summary>A connection's debt is down.</summary>
    public void OnTimer(int slot) => loop.Resume(slot, PauseReasons.Rate);

    private static double MillisecondsOf(int perSecond) => perSecond == 0 ? 0 : 1_000d / perSecond;

    /// <summary>When the client will have nothing left to its debit, in milliseconds of the loop.</summary>
    private struct Debt
    {
        public double Messages;
        public double Bytes;
    }
}
