namespace Telematics.Simulator.Planning;

/// <summary>Every so-manieth number: those of one loop among all.</summary>
/// <param name="First">The first.</param>
/// <param name="Step">From one to the next.</param>
/// <param name="Count">How many.</param>
internal readonly record struct NumberRange(int First, int Step, int Count)
{
    /// <summary>The number in a place, from 0.</summary>
    public int this[int place] => First + (place * Step);
}
