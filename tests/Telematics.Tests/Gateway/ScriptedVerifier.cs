using Telematics.Contracts.Credentials;

namespace Telematics.Tests.Gateway;

/// <summary>Answers log-ins when the test says so.</summary>
internal sealed class ScriptedVerifier : ICredentialVerifier
{
    public List<(string VehicleId, byte[] Hash, ICredentialSink Sink, long Token)> Asked { get; } = [];

    public List<string> Forgotten { get; } = [];

    public CredentialVerdict? Immediate { get; init; }

    public void Verify(string vehicleId, ReadOnlySpan<byte> secretHash, ICredentialSink sink, long token)
    {
        Asked.Add((vehicleId, secretHash.ToArray(), sink, token));
        if (Immediate is { } verdict)
        {
            sink.OnVerified(token, verdict);
        }
    }

    public void VerifyCertified(string vehicleId, ICredentialSink sink, long token) => Verify(vehicleId, [], sink, token);

    public void Forget(string vehicleId) => Forgotten.Add(vehicleId);

    public void Answer(int index, CredentialVerdict verdict) => Asked[index].Sink.OnVerified(Asked[index].Token, verdict);
}
