using System.Diagnostics;
using Telematics.Benchmarks.Database;
using Telematics.Benchmarks.Tsbs.Generation;

namespace Telematics.Benchmarks.Tsbs.Loading;

/// <summary><c>tsbs load</c>: loads the databases one after another and prints what that took.</summary>
internal static class LoadRun
{
    public static async Task RunAsync(IReadOnlyList<BenchmarkDatabase> databases, TsbsSettings settings, LoadOptions options, CancellationToken cancellationToken)
    {
        Console.WriteLine($"scale {settings.Scale:N0}, span {settings.Span}, interval {settings.Interval}, seed {settings.Seed}; {options.Workers} workers, batches of {options.Batch:N0}, one transaction each; chunk {options.Chunk} (ours: as the migrations make it)");
        var generator = TsbsLoader.MeasureGenerator(settings);
        Console.WriteLine($"making the points alone: {generator:0.00} µs a point, contained in the client's CPU");
        var table = new TextTable("database", "edition", "tables", "points", "rows", "s", "rows/s", "metrics/s", "client µs/row", "client µs/point", "client s", "server µs/row", "server µs/point");
        foreach (var database in databases)
        {
            database.Facts.Print();
            await LoadRecord.MakeRoomAsync(database, cancellationToken);
            await LoadRecord.WriteAsync(database, settings, isComplete: false, cancellationToken);
            foreach (var figures in await LoadAsync(database, settings, options, cancellationToken))
            {
                table.Add(
                    database.Facts.Database,
                    database.Facts.Edition,
                    figures.Target,
                    $"{figures.Points:N0}",
                    $"{figures.Rows:N0}",
                    $"{figures.Elapsed.TotalSeconds:N1}",
                    $"{figures.Rows / figures.Elapsed.TotalSeconds:N0}",
                    $"{figures.Metrics / figures.Elapsed.TotalSeconds:N0}",
                    $"{figures.Client.TotalMicroseconds / figures.Rows:N2}",
                    $"{figures.Client.TotalMicroseconds / figures.Points:N2}",
                    $"{figures.Client.TotalSeconds:N1}",
                    figures.Server is { } server ? $"{server.TotalMicroseconds / figures.Rows:N2}" : "-",
                    figures.Server is { } same ? $"{same.TotalMicroseconds / figures.Points:N2}" : "-");
            }

            await LoadRecord.WriteAsync(database, settings, isComplete: true, cancellationToken);
        }

        table.Print();
    }

    private static async Task<List<LoadFigures>> LoadAsync(BenchmarkDatabase database, TsbsSettings settings, LoadOptions options, CancellationToken cancellationToken)
    {
        var all = new List<LoadFigures>();
        await using var theirs = new TsbsTables(database, options.Chunk);
        await using var ours = new TelematicsTables(database, settings);
        foreach (ILoadTarget target in (ILoadTarget[])[theirs, ours])
        {
            all.Add(await TsbsLoader.RunAsync(target, database, settings, options.Workers, options.Batch, cancellationToken));
        }

        var began = Stopwatch.GetTimestamp();
        await ours.RollUpAsync(cancellationToken);
        Console.WriteLine($"{database.Facts.Database}: rollups of a minute and an hour made in {Stopwatch.GetElapsedTime(began).TotalSeconds:N1} s");
        return all;
    }
}

/// <summary>How the points are loaded.</summary>
/// <param name="Workers">Connections that write at a time.</param>
/// <param name="Batch">Points (TSBS's tables) or rows (ours) of a batch.</param>
/// <param name="Chunk">Chunk interval of TSBS's hypertables.</param>
internal sealed record LoadOptions(int Workers, int Batch, TimeSpan Chunk);
