using System.CommandLine;
using Telematics.Benchmarks.Database;
using Telematics.Benchmarks.Tsbs.Generation;
using Telematics.Benchmarks.Tsbs.Loading;
using Telematics.Benchmarks.Tsbs.Querying;

namespace Telematics.Benchmarks.Tsbs;

/// <summary>The Time Series Benchmark Suite's use case <c>iot</c>: TSBS's tables and ours on the same data.</summary>
internal static class TsbsCommand
{
    public static Command Make()
    {
        var scale = Count("--scale", "Trucks.", 100);
        var span = Duration("--span", "Length of the data's time, such as 3h or 2d.", TimeSpan.FromHours(3));
        var interval = Duration("--interval", "Time between two points of a truck in one table.", TimeSpan.FromSeconds(10));
        var seed = new Option<long>("--seed") { Description = "Seed of data and queries.", DefaultValueFactory = _ => 123 };

        var check = new Command("check", "Measures the generated points and exits with 1 when their proportions are not TSBS's. Needs no database.") { scale, span, interval, seed };
        check.SetAction(result => TsbsCheck.Run(Settings(result)));

        var database = new Option<string[]>("--database") { Description = "Connection string of a database of its own; given twice, both are measured and printed side by side.", Required = true };
        var workers = Count("--workers", "Connections that load at a time.", 2);
        var batch = Count("--batch", "Points of a batch (TSBS's tables), rows of a batch (ours).", 10_000);
        var chunk = Duration("--chunk", "Chunk interval of TSBS's hypertables.", TimeSpan.FromHours(12));

        var load = new Command("load", "Drops what an earlier load made and loads both kinds of tables.") { database, scale, span, interval, seed, workers, batch, chunk };
        load.SetAction((result, cancellationToken) => MeasureAsync(
            result.GetRequiredValue(database),
            databases => LoadRun.RunAsync(databases, Settings(result), Loading(result), cancellationToken),
            cancellationToken));

        var queries = Count("--queries", "Queries of each kind.", 100);
        var heavy = Count("--heavy", "Queries of each kind that reads a whole table.", 10);
        var burnIn = new Option<int>("--burn-in") { Description = "Queries of each kind before the measured ones.", DefaultValueFactory = _ => 5 };
        var querySeed = new Option<long>("--query-seed") { Description = "Seed of windows, fleets and trucks.", DefaultValueFactory = _ => 321 };

        var query = new Command("query", "Runs the 13 kinds of queries on what 'tsbs load' has loaded, in TSBS's tables and in ours, and compares the answers.") { database, queries, heavy, burnIn, querySeed };
        query.SetAction((result, cancellationToken) => MeasureAsync(
            result.GetRequiredValue(database),
            databases => QueryRun.RunAsync(databases, Querying(result), cancellationToken),
            cancellationToken));

        var run = new Command("run", "Loads, then queries.") { database, scale, span, interval, seed, workers, batch, chunk, queries, heavy, burnIn, querySeed };
        run.SetAction((result, cancellationToken) => MeasureAsync(
            result.GetRequiredValue(database),
            async databases =>
            {
                await LoadRun.RunAsync(databases, Settings(result), Loading(result), cancellationToken);
                await QueryRun.RunAsync(databases, Querying(result), cancellationToken);
            },
            cancellationToken));
        return new Command("tsbs", "TSBS iot on PostgreSQL with or without TimescaleDB: TSBS's own tables and ours (docs/benchmarks.md).") { load, query, run, check };

        TsbsSettings Settings(ParseResult result) => new(
            result.GetRequiredValue(scale),
            result.GetRequiredValue(span),
            result.GetRequiredValue(interval),
            result.GetRequiredValue(seed));

        QueryOptions Querying(ParseResult result) => new(
            result.GetRequiredValue(queries),
            result.GetRequiredValue(heavy),
            Math.Max(0, result.GetRequiredValue(burnIn)),
            result.GetRequiredValue(querySeed));

        LoadOptions Loading(ParseResult result) => new(result.GetRequiredValue(workers), result.GetRequiredValue(batch), result.GetRequiredValue(chunk));
    }

    private static Task<int> MeasureAsync(string[] connectionStrings, Func<IReadOnlyList<BenchmarkDatabase>, Task> measure, CancellationToken cancellationToken) =>
        BenchmarkException.ReportAsync(async () =>
        {
            var databases = new List<BenchmarkDatabase>();
            try
            {
                foreach (var connectionString in connectionStrings)
                {
                    databases.Add(await BenchmarkDatabase.OpenAsync(connectionString, cancellationToken));
                }

                await measure(databases);
                return 0;
            }
            finally
            {
                foreach (var database in databases)
                {
                    await database.DisposeAsync();
                }
            }
        });

    private static Option<int> Count(string name, string description, int value)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => value };
        option.Validators.Add(result => AtLeastOne(result, option));
        return option;
    }

    private static void AtLeastOne(System.CommandLine.Parsing.OptionResult result, Option<int> option)
    {
        if (result.GetValueOrDefault<int>() < 1)
        {
            result.AddError($"{option.Name} must be at least 1, not {result.GetValueOrDefault<int>()}.");
        }
    }

    private static Option<TimeSpan> Duration(string name, string description, TimeSpan value) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => value,
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (text.Length > 1 && double.TryParse(text[..^1], out var number) && number > 0 && number < 1e6)
            {
                switch (text[^1])
                {
                    case 's': return TimeSpan.FromSeconds(number);
                    case 'm': return TimeSpan.FromMinutes(number);
                    case 'h': return TimeSpan.FromHours(number);
                    case 'd': return TimeSpan.FromDays(number);
                }
            }

            result.AddError($"{name} must be a number greater than 0 with s, m, h or d, such as 90m, not '{text}'.");
            return default;
        },
    };
}
