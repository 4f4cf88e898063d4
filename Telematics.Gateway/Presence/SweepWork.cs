using Telematics.Gateway.Sessions;

namespace Telematics.Gateway.Presence;

/// <summary>The gateway has a new instance.</summary>
internal sealed class AnnounceWork(string instance) : ILoopWork
{
    /// <inheritdoc/>
    public void Run(SessionLoop loop) => loop.Sweep.Announce(instance);
}

/// <summary>The gateway stops.</summary>
internal sealed class DrainWork(TaskCompletionSource drained) : ILoopWork
{
    /// <inheritdoc/>
    public void Run(SessionLoop loop) => loop.Sweep.Drain(drained);
}
