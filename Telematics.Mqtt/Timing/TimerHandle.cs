namespace Telematics.Mqtt.Timing;

/// <summary>An entry of a <see cref="TimingWheel{TState}"/>; the generation tells it from a later one in the same place. The default value is no entry.</summary>
/// <param name="Index">Its place.</param>
/// <param name="Generation">Grows each time that the place is used again, from 1.</param>
public readonly record struct TimerHandle(int Index, int Generation)
{
    /// <summary>Whether this stands for no entry.</summary>
    public bool IsNone => Generation == 0;
}
