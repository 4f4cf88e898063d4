namespace Telematics.Gateway.Sessions;

/// <summary>A new connection asks the loop that has its client's session for it.</summary>
/// <param name="Address">The session wanted.</param>
/// <param name="IsClean">Whether nothing of it is wanted, only that it ends.</param>
/// <param name="ReplyTo">The session that claims it.</param>
internal sealed record TakeOver(SessionAddress Address, bool IsClean, SessionAddress ReplyTo) : ILoopWork
{
    /// <inheritdoc/>
    public void Run(SessionLoop loop) => loop.Register.OnTakeOver(this);
}
