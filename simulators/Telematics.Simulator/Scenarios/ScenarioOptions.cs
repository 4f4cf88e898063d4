using Telematics.Simulator.Driving;

namespace Telematics.Simulator.Scenarios;

/// <summary>What happens to a fleet beside driving, and how much of it. It is drawn by seed and car, whatever the split of the fleet.</summary>
public sealed record ScenarioOptions
{
    private const int IdlePurpose = 10;
    private const int FirstRoundPurpose = 100;
    private const int RoundsLookedAt = 10_000;
    private static readonly TimeSpan LongestTime = TimeSpan.FromDays(1);

    /// <summary>Which one.</summary>
    public ScenarioKind Kind { get; init; }

    /// <summary>Share of the cars that it concerns, above 0 to 1: those cut off in each storm, those in a tunnel in each round, those that stand at night.</summary>
    public double Share { get; init; } = 1;

    /// <summary>Storm: from one to the next, and from the start to the first. Tunnel: in each round of this length the cars enter one after the other. 1 s to a day.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a car is away at most, 1 s to a day; at least a tenth of it in a storm, half of it in a tunnel.</summary>
    public TimeSpan Away { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>A kind with its defaults: storm a half, tunnel a tenth, night nine tenths of the cars.</summary>
    public static ScenarioOptions For(ScenarioKind kind) => new()
    {
        Kind = kind,
        Share = kind switch
        {
            ScenarioKind.Storm => 0.5,
            ScenarioKind.Tunnel => 0.1,
            ScenarioKind.Night => 0.9,
            _ => 1,
        },
    };

    /// <summary>Whether cars leave without a word.</summary>
    internal bool IsSilent => Kind == ScenarioKind.Tunnel;

    /// <summary>Cars of so many that may have an old connection beside a new one, with room for chance.</summary>
    internal int GetSpareConnections(int vehicles) => IsSilent ? (int)Math.Min(vehicles, Math.Ceiling(vehicles * Share * 1.1) + 10) : 0;

    /// <summary>What is wrong with these options, one text each.</summary>
    internal IEnumerable<string> Validate()
    {
        if (Share is not (> 0 and <= 1))
        {
            yield return $"share is {Share}; it must be above 0 and at most 1";
        }

        if (Every < TimeSpan.FromSeconds(1) || Every > LongestTime)
        {
            yield return $"every is {Every.TotalSeconds:0.###} s; it must be 1 to 86400";
        }

        if (Away < TimeSpan.FromSeconds(1) || Away > LongestTime)
        {
            yield return $"away is {Away.TotalSeconds:0.###} s; it must be 1 to 86400";
        }
    }

    /// <summary>Whether a car stands all the time and reports nothing.</summary>
    internal bool IsIdle(long seed, int number) =>
        Kind == ScenarioKind.Night && DriveRandom.For(seed, number, IdlePurpose).NextDouble() < Share;

    /// <summary>When, after the fleet's start, a car next leaves the network; null for never.</summary>
    internal TimeSpan? NextAbsence(long seed, int number, TimeSpan sinceBegin)
    {
        if (Kind is not (ScenarioKind.Storm or ScenarioKind.Tunnel))
        {
            return null;
        }

        var next = (int)(sinceBegin / Every) + 1;
        for (var round = next; round < next + RoundsLookedAt; round++)
        {
            var random = DriveRandom.For(seed, number, FirstRoundPurpose + round);
            if (random.NextDouble() < Share)
            {
                var spread = Kind == ScenarioKind.Storm ? TimeSpan.FromSeconds(1) : Every;
                return (round * Every) + (random.NextDouble() * spread);
            }
        }

        return null;
    }

    /// <summary>How long a car is away, from a random number from 0 to 1.</summary>
    internal TimeSpan GetAway(double random)
    {
        var least = IsSilent ? 0.5 : 0.1;
        return Away * (least + ((1 - least) * random));
    }
}
