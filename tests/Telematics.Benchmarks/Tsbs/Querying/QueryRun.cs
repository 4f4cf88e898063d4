using System.Diagnostics;
using HdrHistogram;
using Telematics.Benchmarks.Database;
using Telematics.Benchmarks.Tsbs.Generation;
using Telematics.Benchmarks.Tsbs.Loading;

namespace Telematics.Benchmarks.Tsbs.Querying;

/// <summary>How the queries are run.</summary>
/// <param name="Queries">Queries of each kind.</param>
/// <param name="Heavy">Queries of each kind that reads a whole table.</param>
/// <param name="BurnIn">Queries before, not counted; at most as many as counted ones.</param>
/// <param name="Seed">Seed of windows, fleets and trucks.</param>
internal sealed record QueryOptions(int Queries, int Heavy, int BurnIn, long Seed);

/// <summary><c>tsbs query</c>: runs the 13 kinds one after another on one connection, compares the answers and prints the times.</summary>
internal static class QueryRun
{
    private const int ComparedQueries = 5;

    /// <summary>An hour in µs: nothing takes longer.</summary>
    private const long LongestTime = 3_600_000_000;

    private static readonly QueryVariant[] Variants = Enum.GetValues<QueryVariant>();

    /// <exception cref="BenchmarkException">Two ways to ask the same have got different answers.</exception>
    public static async Task RunAsync(IReadOnlyList<BenchmarkDatabase> databases, QueryOptions options, CancellationToken cancellationToken)
    {
        var settings = await LoadRecord.ReadAsync(databases[0], cancellationToken);
        foreach (var database in databases)
        {
            if (await LoadRecord.ReadAsync(database, cancellationToken) != settings)
            {
                throw new BenchmarkException($"--database: {database.Facts.Database} was loaded with another scale, span, interval or seed than {databases[0].Facts.Database}.");
            }

            database.Facts.Print();
        }

        Console.WriteLine($"scale {settings.Scale:N0}, span {settings.Span}, interval {settings.Interval}, seed {settings.Seed}; {options.Queries:N0} queries of a kind ({options.Heavy:N0} that read whole tables), {options.BurnIn} before, 1 worker, query seed {options.Seed}");
        var kinds = databases.Select(database => new QueryKinds(database.Facts.IsTimescale).All).ToArray();
        var names = databases.SelectMany(database => Variants.Select(variant => $"{database.Facts.Database} {Name(variant)}")).ToArray();
        var times = new TextTable(["mean / p50 / p99 in ms", "queries", .. names]);
        var answers = new TextTable(["answers", "compared", .. names]);
        var differences = new List<string>();
        for (var kind = 0; kind < kinds[0].Count; kind++)
        {
            var first = kinds[0][kind];
            var count = first.IsHeavy ? options.Heavy : options.Queries;
            var random = new TsbsRandom(options.Seed + kind);
            var parameters = Enumerable.Range(0, count).Select(_ => QueryParameters.Choose(random, settings, first.Window)).ToArray();

            // Without a window or a fleet all queries of a kind are one.
            var compared = first.IsHeavy ? 1 : Math.Min(ComparedQueries, count);
            var expected = new Answer?[compared];
            var timeCells = new List<string>();
            var answerCells = new List<string>();
            for (var i = 0; i < databases.Count; i++)
            {
                foreach (var variant in Variants)
                {
                    Console.Error.WriteLine($"{first.Name}: {databases[i].Facts.Database} {Name(variant)}");
                    timeCells.Add(await MeasureAsync(databases[i], kinds[i][kind], variant, parameters, options.BurnIn, cancellationToken));
                    answerCells.Add(await CompareAsync(databases[i], kinds[i][kind], variant, parameters, expected, differences, cancellationToken));
                }
            }

            var isClipped = first.Window > settings.Span ? " (window clipped to the span)" : "";
            times.Add([first.Name + isClipped, $"{count:N0}", .. timeCells]);
            answers.Add([first.Name, $"{compared}", .. answerCells]);
        }

        times.Print();
        Console.WriteLine("=: TSBS's query needs no correction; -: the rollups do not hold the answer.");
        answers.Print();
        Console.WriteLine($"Rows of the compared answers, beside the first corrected one. TSBS's own form is compared where it is the corrected one, too:");
        foreach (var kind in kinds[0].Where(kind => kind.Remark is not null))
        {
            Console.WriteLine($"  {kind.Name}, corrected: {kind.Remark}");
        }

        Console.WriteLine("  All: points without a name have no vehicle in our tables; in TSBS's they have tags_id 0, which no query joins.");
        if (differences.Count > 0)
        {
            throw new BenchmarkException($"{differences.Count} answers differ:\n  " + string.Join("\n  ", differences));
        }
    }

    private static string Name(QueryVariant variant) => variant switch
    {
        QueryVariant.Parity => "TSBS",
        QueryVariant.Corrected => "TSBS corrected",
        QueryVariant.Raw => "ours raw",
        _ => "ours with rollups",
    };

    private static async Task<string> MeasureAsync(BenchmarkDatabase database, QueryKind kind, QueryVariant variant, QueryParameters[] parameters, int burnIn, CancellationToken cancellationToken)
    {
        if (kind.Sql(variant, parameters[0]) is null)
        {
            return variant == QueryVariant.Corrected ? "=" : "-";
        }

        var histogram = new LongHistogram(LongestTime, 3);
        await using var connection = await database.Source.OpenConnectionAsync(cancellationToken);
        var before = Math.Min(burnIn, parameters.Length);
        for (var i = -before; i < parameters.Length; i++)
        {
            await using var command = connection.Command(kind.Sql(variant, parameters[i < 0 ? i + before : i])!);
            var began = Stopwatch.GetTimestamp();
            await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
            {
                while (await reader.ReadAsync(cancellationToken))
                {
                    for (var column = 0; column < reader.FieldCount; column++)
                    {
                        reader.GetValue(column);
                    }
                }
            }

            if (i >= 0)
            {
                histogram.RecordValue(Math.Clamp((long)Stopwatch.GetElapsedTime(began).TotalMicroseconds, 1, LongestTime));
            }
        }

        return $"{histogram.GetMean() / 1_000:N2} / {histogram.GetValueAtPercentile(50) / 1_000.0:N2} / {histogram.GetValueAtPercentile(99) / 1_000.0:N2}";
    }

    /// <summary>The first corrected answer is what the others are to be like.</summary>
    private static async Task<string> CompareAsync(BenchmarkDatabase database, QueryKind kind, QueryVariant variant, QueryParameters[] parameters, Answer?[] expected, List<string> differences, CancellationToken cancellationToken)
    {
        if (variant == QueryVariant.Parity && kind.Corrected is not null)
        {
            return "not compared";
        }

        if (kind.Sql(variant, parameters[0]) is null)
        {
            return variant == QueryVariant.Corrected ? "=" : "-";
        }

        await using var connection = await database.Source.OpenConnectionAsync(cancellationToken);
        var rows = 0;
        string? difference = null;
        for (var i = 0; i < expected.Length; i++)
        {
            await using var command = connection.Command(kind.Sql(variant, parameters[i])!);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            var answer = await Answer.ReadAsync(reader, cancellationToken);
            rows += answer.Count;
            expected[i] ??= answer;
            difference ??= expected[i]!.FindDifference(answer);
        }

        if (difference is null)
        {
            return $"agrees ({rows:N0})";
        }

        differences.Add($"{kind.Name}, {database.Facts.Database} {Name(variant)}: {difference}");
        return $"DIFFERS ({rows:N0})";
    }
}
