namespace Telematics.Contracts.Credentials;

/// <summary>A car's log-in on its way to an <see cref="ICredentialVerifier"/>; it gets exactly one answer.</summary>
public sealed class CredentialQuestion
{
    private const int HashLength = 32;

    private readonly byte[] _secretHash;
    private readonly ICredentialSink _sink;
    private readonly long _token;
    private volatile bool _isWithdrawn;

    /// <summary>Makes one.</summary>
    /// <param name="vehicleId">Client id = user name, or name in the certificate, = vehicle id.</param>
    /// <param name="secretHash">SHA-256 of the password, 32 bytes; empty when the car's TLS certificate has stood for its secret.</param>
    /// <param name="sink">Gets the answer, on any thread.</param>
    /// <param name="token">Comes back with the answer.</param>
    /// <exception cref="ArgumentException">The hash has another length.</exception>
    public CredentialQuestion(string vehicleId, ReadOnlySpan<byte> secretHash, ICredentialSink sink, long token)
    {
        ArgumentNullException.ThrowIfNull(vehicleId);
        ArgumentNullException.ThrowIfNull(sink);
        if (secretHash.Length is not (0 or HashLength))
        {
            throw new ArgumentException($"A SHA-256 has {HashLength} bytes, not {secretHash.Length}.", nameof(secretHash));
        }

        VehicleId = vehicleId;
        _secretHash = secretHash.ToArray();
        _sink = sink;
        _token = token;
    }

    /// <summary>The vehicle that the car says it is.</summary>
    public string VehicleId { get; }

    /// <summary>SHA-256 of the password; empty with a certificate.</summary>
    public ReadOnlySpan<byte> SecretHash => _secretHash;

    /// <summary>
    /// Whether a certificate stands for the secret. Accepted is then a registered vehicle that is not deleted, and whose
    /// credential, if it ever had one, is not revoked.
    /// </summary>
    public bool IsCertified => _secretHash.Length == 0;

    /// <summary>Whether nobody wants the answer any more; <see cref="CredentialVerdict.Withdrawn"/> is then as good as any.</summary>
    public bool IsWithdrawn => _isWithdrawn;

    /// <summary>Takes the question back: its connection is gone. From any thread.</summary>
    public void Withdraw() => _isWithdrawn = true;

    /// <summary>Answers; the verifier's, once.</summary>
    public void Answer(CredentialVerdict verdict) => _sink.OnVerified(_token, verdict);
}
