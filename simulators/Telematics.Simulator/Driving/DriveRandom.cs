namespace Telematics.Simulator.Driving;

/// <summary>
/// Random numbers of one car (SplitMix64): 8 bytes of state, and the same on every machine and runtime, which
/// <see cref="System.Random"/> does not promise.
/// </summary>
internal struct DriveRandom(ulong state)
{
    private ulong _state = state;

    /// <summary>The numbers of a car: neighbours in seed or number have nothing in common.</summary>
    public static DriveRandom For(long seed, int carNumber, int purpose) =>
        new(Mix(Mix((ulong)seed) ^ Mix((ulong)carNumber * 0x9E37_79B9_7F4A_7C15 + (ulong)purpose)));

    /// <summary>0 up to, without, 1.</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>From <paramref name="low"/> up to, without, <paramref name="high"/>.</summary>
    public double Between(double low, double high) => low + ((high - low) * NextDouble());

    /// <summary>0 up to, without, <paramref name="count"/>.</summary>
    public int Below(int count) => (int)(NextDouble() * count);

    private ulong Next()
    {
        _state += 0x9E37_79B9_7F4A_7C15;
        return Mix(_state);
    }

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58_476D_1CE4_E5B9;
        value = (value ^ (value >> 27)) * 0x94D0_49BB_1331_11EB;
        return value ^ (value >> 31);
    }
}
