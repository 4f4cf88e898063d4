namespace Telematics.Vehicle;

/// <summary>Pauses before connecting again: doubled from 1 s to 60 s, of which each car takes half and a random part of the other half, so that a fleet does not come back at once.</summary>
internal sealed class ReconnectDelay(Random random)
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    private int _failures;

    /// <summary>The next pause.</summary>
    public TimeSpan Next()
    {
        var full = _failures >= 6 ? Longest : First * (1 << _failures);
        _failures++;
        return (full / 2) + (full / 2 * random.NextDouble());
    }

    /// <summary>The connection proved good: the next pause is short again.</summary>
    public void Reset() => _failures = 0;
}
