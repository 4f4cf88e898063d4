using Telematics.Gateway.Sessions;
using Telematics.Messaging;

namespace Telematics.Gateway.Transport;

/// <summary>The owner thread of a session loop, whatever its sockets are.</summary>
internal abstract class LoopThread(GatewayShared shared)
{
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isStopping;

    /// <summary>The loop.</summary>
    public abstract SessionLoop Loop { get; }

    /// <summary>Ends with the thread; faulted when it died.</summary>
    public Task Completion => _completion.Task;

    /// <summary>Options, log and clock.</summary>
    protected GatewayShared Shared => shared;

    /// <summary>Whether the present turn is the last.</summary>
    protected bool IsStopping => _isStopping;

    /// <summary>Starts the thread; call on a thread of the common descriptor table (see <see cref="PoolRelay"/>).</summary>
    public void Start() => new Thread(Guard) { IsBackground = true, Name = $"mqtt-loop-{Loop.Index}" }.Start();

    /// <summary>Stops the thread after its present turn; what is still open is aborted.</summary>
    public void Stop()
    {
        _isStopping = true;
        Wake();
    }

    /// <summary>Turns the loop until the thread is to stop, and aborts what is open then.</summary>
    protected abstract void Run();

    /// <summary>Ends the thread's wait; safe for any thread.</summary>
    protected abstract void Wake();

#pragma warning disable CA1031 // The thread's last line of defence: logged, and the task stops the host.
    private void Guard()
    {
        try
        {
            Run();
            PoolRelay.Queue(() => _completion.TrySetResult());
        }
        catch (Exception exception)
        {
            Shared.Logger.LoopDied(exception, Loop.Index);
            PoolRelay.Queue(() => _completion.TrySetException(exception));
        }
    }
#pragma warning restore CA1031
}
