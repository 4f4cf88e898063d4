using System.CommandLine;
using Telematics.Benchmarks.Database;

namespace Telematics.Benchmarks.History;

/// <summary><c>postgres</c>: reading from PostgreSQL. Writing to it is <c>ingest --database</c>.</summary>
internal static class PostgresCommand
{
    public static Command Make()
    {
        var database = new Option<string>("--database") { Description = "Connection string of a database of its own; its tables are dropped unless they hold the wanted rows.", Required = true };
        var vehicles = new Option<int>("--vehicles") { Description = "Cars.", DefaultValueFactory = _ => 1_000_000 };
        var rows = new Option<long>("--rows") { Description = "Samples of the whole day, at least.", DefaultValueFactory = _ => 20_000_000 };
        var queries = new Option<int>("--queries") { Description = "Queries of each kind.", DefaultValueFactory = _ => 1_000 };
        var seed = new Option<long>("--seed") { Description = "Seed of the queries.", DefaultValueFactory = _ => 1 };
        var plans = new Option<bool>("--plans") { Description = "Prints what EXPLAIN (ANALYZE, BUFFERS) says." };
        AtLeast(vehicles, 1);
        AtLeast(queries, 1);
        rows.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<long>() < HistoryFleet.Ticks * 2)
            {
                result.AddError($"--rows must be at least {HistoryFleet.Ticks * 2}, not {result.GetValueOrDefault<long>()}.");
            }
        });

        var read = new Command("queries", "The history of one car out of very many: the last hour, and a day in steps of five minutes.") { database, vehicles, rows, queries, seed, plans };
        read.SetAction((result, cancellationToken) => BenchmarkException.ReportAsync(async () =>
        {
            await using var opened = await BenchmarkDatabase.OpenAsync(result.GetRequiredValue(database), cancellationToken);
            var fleet = new HistoryFleet(result.GetRequiredValue(vehicles), result.GetRequiredValue(rows));
            await new HistoryRun(opened, fleet).RunAsync(result.GetRequiredValue(queries), result.GetRequiredValue(seed), result.GetValue(plans), cancellationToken);
            return 0;
        }));
        return new Command("postgres", "Reading from PostgreSQL with or without TimescaleDB (docs/benchmarks.md); writing to it: ingest --database.") { read };
    }

    private static void AtLeast(Option<int> option, int min) => option.Validators.Add(result =>
    {
        if (result.GetValueOrDefault<int>() < min)
        {
            result.AddError($"{option.Name} must be at least {min}, not {result.GetValueOrDefault<int>()}.");
        }
    });
}
