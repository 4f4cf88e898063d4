using Telematics.Gateway.Sessions;

namespace Telematics.Gateway.Transport;

/// <summary>The owner thread of a session loop whose sockets are Kestrel's.</summary>
internal sealed class LoopThread
{
    private readonly object _gate = new();
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly GatewayShared _shared;
    private volatile bool _isStopping;
    private bool _isWoken;

    public LoopThread(int index, GatewayShared shared)
    {
        _shared = shared;
        Transport = new KestrelTransport(shared);
        Loop = new SessionLoop(index, shared, Transport, Wake);
        Transport.Loop = Loop;
    }

    /// <summary>The loop.</summary>
    public SessionLoop Loop { get; }

    /// <summary>Its sockets.</summary>
    public KestrelTransport Transport { get; }

    /// <summary>Ends with the thread; faulted when it died.</summary>
    public Task Completion => _completion.Task;

    /// <summary>Starts the thread.</summary>
    public void Start() => new Thread(Run) { IsBackground = true, Name = $"mqtt-loop-{Loop.Index}" }.Start();

    /// <summary>Stops the thread after its present turn; what is still open is aborted.</summary>
    public void Stop()
    {
        _isStopping = true;
        Wake();
    }

    private void Wake()
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

#pragma warning disable CA1031 // The thread's last line of defence: logged, and the task stops the host.
    private void Run()
    {
        try
        {
            while (!_isStopping)
            {
                var wait = Loop.Turn();
                wait = Transport.OnTurn(wait);
                if (wait != 0)
                {
                    Sleep(wait);
                }
            }

            Transport.AbortAll();
            _completion.TrySetResult();
        }
        catch (Exception exception)
        {
            _shared.Logger.LoopDied(exception, Loop.Index);
            _completion.TrySetException(exception);
        }
    }
#pragma warning restore CA1031
}
