namespace Telematics.Benchmarks.History;

/// <summary>
/// A day of a fleet of which few cars drive much: half of the samples are those of cars that report every 30 s all day,
/// the other half is spread over all cars. A car's samples are thus as far apart in the table as in real life.
/// </summary>
/// <param name="Vehicles">Cars; their keys are 1 to this.</param>
/// <param name="Rows">Samples, at least.</param>
internal sealed record HistoryFleet(int Vehicles, long Rows)
{
    /// <summary>Ticks of a day.</summary>
    public const int Ticks = 24 * 3_600 / Period;

    private const int Period = 30;

    /// <summary>Time between two ticks, µs.</summary>
    public const long TickLength = Period * 1_000_000L;

    /// <summary>Cars that report in every tick, 1 to <see cref="Vehicles"/>.</summary>
    public int Busy { get; } = (int)Math.Clamp((Rows / 2 + Ticks - 1) / Ticks, 1, Vehicles);

    /// <summary>Other samples in every tick.</summary>
    public int OthersPerTick => (int)Math.Min(int.MaxValue, Math.Max(0, ((Rows + Ticks - 1) / Ticks) - Busy));

    /// <summary>A busy car by its number, 0 to <see cref="Busy"/> - 1: they are spread evenly over all keys.</summary>
    public long BusyKey(int number) => 1 + ((long)number * Vehicles / Busy);

    /// <summary>A car for one of the other samples: all cars in turn, far from each other.</summary>
    public long OtherKey(int tick, int number)
    {
        // A large prime: the cars in turn, but no neighbours side by side.
        const long stride = 7_368_787;
        return 1 + (((((long)tick * OthersPerTick) + number) * stride) % Vehicles);
    }
}
