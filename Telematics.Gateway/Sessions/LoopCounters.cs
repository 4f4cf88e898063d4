namespace Telematics.Gateway.Sessions;

/// <summary>Counts of one loop: written by its thread alone, read by anybody (a count may be a moment old).</summary>
internal sealed class LoopCounters
{
    private readonly long[] _refusals = new long[Enum.GetValues<Refusal>().Length];
    private readonly long[] _ends = new long[Enum.GetValues<EndReason>().Length];

    public long MessagesIn;
    public long BytesIn;
    public long BytesOut;
    public long PubacksSent;
    public long MessagesOut;
    public long MessagesOutDropped;
    public long ReceiptsAppended;
    public long RepeatedWhileStoring;
    public long Connections;
    public long ConnectedVehicles;
    public long Sessions;
    public long PausedConnections;
    public long WaitingConnections;
    public long RatePauses;
    public long AcceptFailures;

    public void Refuse(Refusal refusal) => _refusals[(int)refusal]++;

    public void End(EndReason reason) => _ends[(int)reason]++;

    public long Refusals(Refusal refusal) => Volatile.Read(ref _refusals[(int)refusal]);

    public long Ends(EndReason reason) => Volatile.Read(ref _ends[(int)reason]);
}
