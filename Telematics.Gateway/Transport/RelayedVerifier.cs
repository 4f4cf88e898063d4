using Telematics.Contracts.Credentials;
using Telematics.Messaging;

namespace Telematics.Gateway.Transport;

/// <summary>Asks on the thread pool: what a verifier opens, or whom it wakes, is not the affair of a loop with a descriptor table of its own.</summary>
internal sealed class RelayedVerifier(ICredentialVerifier verifier) : ICredentialVerifier
{
    /// <inheritdoc/>
    public void Verify(string vehicleId, ReadOnlySpan<byte> secretHash, ICredentialSink sink, long token)
    {
        var hash = secretHash.ToArray();
        PoolRelay.Queue(() => verifier.Verify(vehicleId, hash, sink, token));
    }

    /// <inheritdoc/>
    public void VerifyCertified(string vehicleId, ICredentialSink sink, long token) =>
        PoolRelay.Queue(() => verifier.VerifyCertified(vehicleId, sink, token));

    /// <inheritdoc/>
    public void Forget(string vehicleId) => verifier.Forget(vehicleId);
}
