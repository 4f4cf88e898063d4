using Telematics.Contracts.Credentials;
using Telematics.Messaging;

namespace Telematics.Gateway.Transport;

/// <summary>Asks on the thread pool: what a verifier opens, or whom it wakes, is not the affair of a loop with a descriptor table of its own.</summary>
internal sealed class RelayedVerifier(ICredentialVerifier verifier) : ICredentialVerifier
{
    /// <inheritdoc/>
    public void Verify(CredentialQuestion question) => PoolRelay.Queue(() => verifier.Verify(question));

    /// <inheritdoc/>
    public bool IsRemembered(string vehicleId, ReadOnlySpan<byte> secretHash) => verifier.IsRemembered(vehicleId, secretHash);

    /// <inheritdoc/>
    public void Forget(string vehicleId) => verifier.Forget(vehicleId);
}
