namespace Telematics.Contracts.Credentials;

/// <summary>
/// Checks log-ins of cars. It takes many at once and answers through a sink, because a fleet reconnects all at once.
/// </summary>
public interface ICredentialVerifier
{
    /// <summary>Asks; returns at once. Each question is answered once, also one that was withdrawn.</summary>
    void Verify(CredentialQuestion question);

    /// <summary>Whether a car's secret was accepted a short while ago and is remembered, so that no store has to be asked.</summary>
    /// <param name="vehicleId">The car.</param>
    /// <param name="secretHash">SHA-256 of its secret.</param>
    bool IsRemembered(string vehicleId, ReadOnlySpan<byte> secretHash);

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

    /// <summary>The question was withdrawn, and therefore not looked at.</summary>
    Withdrawn,
}
