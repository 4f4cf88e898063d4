using Telematics.Gateway.Sessions;

namespace Telematics.Gateway.Transport;

/// <summary>The owner thread of a session loop whose sockets are Kestrel's.</summary>
internal sealed class KestrelThread : LoopThread
{
    private readonly object _gate = new();
    private bool _isWoken;

    public KestrelThread(int index, GatewayShared shared)
        : base(shared)
    {
        Transport = new KestrelTransport(shared);
        Loop = new SessionLoop(index, shared, Transport, Wake);
        Transport.Loop = Loop;
    }

    /// <inheritdoc/>
    public override SessionLoop Loop { get; }

    /// <summary>Its sockets.</summary>
    public KestrelTransport Transport { get; }

    /// <inheritdoc/>
    protected override void Run()
    {
        while (!IsStopping)
        {
            var wait = Transport.OnTurn(Loop.Turn());
            if (wait != 0)
            {
                Sleep(wait);
            }
        }

        Transport.AbortAll();
    }

    /// <inheritdoc/>
    protected override void Wake()
    {
        lock (_gate)
        {
            _isWoken = true;
            Monitor.Pulse(_gate);
        }
    }

    private void Sleep(int milliseconds)
    {
        lock (_gate)
        {
            if (!_isWoken)
            {
                Monitor.Wait(_gate, milliseconds);
            }

            _isWoken = false;
        }
    }
}
