using System.Collections.Concurrent;

namespace Telematics.RocketMQ.Remoting;

/// <summary>Calls that nobody uses at the moment.</summary>
internal sealed class PendingCallPool
{
    private readonly ConcurrentQueue<PendingCall> _free = new();

    public PendingCall Rent() => _free.TryDequeue(out var call) ? call : new(this);

    public void Return(PendingCall call) => _free.Enqueue(call);
}
