namespace Telematics.Contracts.Credentials;

/// <summary>
/// Checks log-ins of cars. It takes many at once and answers through a sink, because a fleet reconnects all at once.
/// </summary>
public interface ICredentialVerifier
{
    /// <summary>Asks; returns at once.</summary>
    /// <param name="vehicleId">Client id = user name = vehicle id.</param>
    /// <param name="secretHash">SHA-256 of the password, 32 bytes; copied before the call returns.</param>
    /// <param name="sink">Gets the answer, on any thread.</param>
    /// <param name="token">Comes back with the answer.</param>
    void Verify(string vehicleId, ReadOnlySpan<byte> secretHash, ICredentialSink sink, long token);

    /// <summary>
    /// Asks for a car whose TLS certificate has stood for its secret; returns at once. Accepted is a registered vehicle
    /// that is not deleted, and whose credential, if it ever had one, is not revoked.
    /// </summary>
    /// <param name="vehicleId">Client id = name in the certificate.</param>
    /// <param name="sink">Gets the answer, on any thread.</param>
    /// <param name="token">Comes back with the answer.</param>
    void VerifyCertified(string vehicleId, ICredentialSink sink, long token);

    /// <summary>Forgets what is cached of a vehicle: its channel was ordered closed.</summary>
    void Forget(string vehicleId);
}

/// <summary>Takes answers of <see cref="ICredentialVerifier"/>; must neither block nor throw.</summary>
public interface ICredentialSink
{
    /// <summary>The answer to one question.</summary>
    void OnVerified(long token, CredentialVerdict verdict);
}

/// <summary>Whether a car may log in.</summary>
public enum CredentialVerdict
{
    /// <summary>The secret, or the certificate, is the vehicle's, and neither is revoked.</summary>
    Accepted,

    /// <summary>Unknown vehicle, deleted vehicle, no credential or a revoked one, or another secret: the car is not told which.</summary>
    Refused,

    /// <summary>The store of credentials does not answer; the car may try again.</summary>
    Unavailable,
}
