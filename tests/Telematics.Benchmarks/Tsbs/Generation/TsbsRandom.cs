namespace Telematics.Benchmarks.Tsbs.Generation;

/// <summary>Random numbers that are the same on every version of .NET (splitmix64; <see cref="Random"/> promises no such thing).</summary>
internal sealed class TsbsRandom(long seed)
{
    private ulong _state = (ulong)seed;

    /// <summary>Uniform in 0 to 1, 1 excluded.</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in a range, the end excluded.</summary>
    public double NextUniform(double low, double high) => low + (NextDouble() * (high - low));

    /// <summary>Standard normal (Box and Muller).</summary>
    public double NextNormal() =>
        Math.Sqrt(-2 * Math.Log(1 - NextDouble())) * Math.Cos(2 * Math.PI * NextDouble());

    /// <summary>Uniform in 0 to a count, the count excluded.</summary>
    public int NextInt(int count) => (int)(NextDouble() * count);

    /// <summary>Uniform in 0 to a count, the count excluded.</summary>
    public long NextLong(long count) => (long)(NextDouble() * count);

    /// <summary>Whether something of a given probability happens.</summary>
    public bool Chance(double probability) => NextDouble() < probability;

    /// <summary>One of the items.</summary>
    public T Choose<T>(IReadOnlyList<T> items) => items[NextInt(items.Count)];

    private ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
