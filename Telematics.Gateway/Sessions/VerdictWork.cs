using Telematics.Contracts.Credentials;

namespace Telematics.Gateway.Sessions;

/// <summary>The answer to a log-in, on its way to the loop.</summary>
internal sealed class VerdictWork(long token, CredentialVerdict verdict) : ILoopWork
{
    /// <inheritdoc/>
    public void Run(SessionLoop loop) => loop.Connects.OnVerdict(AppendOwner.FromInt64(token), verdict);
}
