using Telematics.Contracts.Credentials;

namespace Telematics.Tests.Gateway;

/// <summary>Answers log-ins when the test says so.</summary>
internal sealed class ScriptedVerifier : ICredentialVerifier
{
    public List<CredentialQuestion> Asked { get; } = [];

    public List<string> Forgotten { get; } = [];

    /// <summary>Cars whose secret is remembered as right.</summary>
    public HashSet<string> Remembered { get; } = [];

    public CredentialVerdict? Immediate { get; init; }

    public void Verify(CredentialQuestion question)
    {
        Asked.Add(question);
        if (Remembered.Contains(question.VehicleId))
        {
            question.Answer(CredentialVerdict.Accepted);
        }
        else if (Immediate is { } verdict)
        {
            question.Answer(verdict);
        }
    }

    public bool IsRemembered(string vehicleId, ReadOnlySpan<byte> secretHash) => Remembered.Contains(vehicleId);

    public void Forget(string vehicleId) => Forgotten.Add(vehicleId);

    public void Answer(int index, CredentialVerdict verdict) => Asked[index].Answer(verdict);
}
