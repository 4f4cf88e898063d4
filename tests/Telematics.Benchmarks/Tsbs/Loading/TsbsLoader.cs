using System.Diagnostics;
using System.Threading.Channels;
using Telematics.Benchmarks.Database;
using Telematics.Benchmarks.Tsbs.Generation;

namespace Telematics.Benchmarks.Tsbs.Loading;

/// <summary>Loads all points into tables with a number of workers.</summary>
internal static class TsbsLoader
{
    public static async Task<LoadFigures> RunAsync(ILoadTarget target, BenchmarkDatabase database, TsbsSettings settings, int workers, int batchSize, CancellationToken cancellationToken)
    {
        await target.CreateAsync(cancellationToken);
        await database.CheckpointAsync(cancellationToken);
        using var failure = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var channel = Channel.CreateBounded<LoadBatch>(workers * 2);
        var progress = new ProgressLine($"{database.Facts.Database}, {target.Name}, points", (long)(settings.GeneratedPoints * 0.9));
        var figures = new LoadFigures(target.Name);
        using var process = Process.GetCurrentProcess();
        var client = process.TotalProcessorTime;
        var server = ServerCpu.Read(database.Facts.Postmaster);
        var clock = Stopwatch.StartNew();
        Task[] tasks = [.. Enumerable.Range(0, workers).Select(_ => Task.Run(WriteAllAsync, CancellationToken.None)), Task.Run(DivideAsync, CancellationToken.None)];
        try
        {
            await Task.WhenAll(tasks);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The one that failed says why.
            await Task.WhenAll(tasks.Where(task => task.IsFaulted));
            throw;
        }

        figures.Elapsed = clock.Elapsed;
        process.Refresh();
        figures.Client = process.TotalProcessorTime - client;
        figures.Server = ServerCpu.Read(database.Facts.Postmaster) - server;
        await target.FinishAsync(cancellationToken);
        return figures;

        async Task DivideAsync()
        {
            try
            {
                foreach (var batch in target.Divide(new TsbsFilter(settings), batchSize))
                {
                    await channel.Writer.WriteAsync(batch, failure.Token);
                }
            }
            catch
            {
                await failure.CancelAsync();
                throw;
            }
            finally
            {
                channel.Writer.TryComplete();
            }
        }

        async Task WriteAllAsync()
        {
            try
            {
                await foreach (var batch in channel.Reader.ReadAllAsync(failure.Token))
                {
                    await target.WriteAsync(batch, failure.Token);
                    figures.Add(batch);
                    progress.Add(batch.Points);
                }
            }
            catch
            {
                await failure.CancelAsync();
                throw;
            }
        }
    }

    /// <summary>What making the points alone costs the client, µs a point: it is in every load's client CPU.</summary>
    public static double MeasureGenerator(TsbsSettings settings)
    {
        const int enough = 1_000_000;
        var filter = new TsbsFilter(settings);
        var points = 0L;
        var began = Stopwatch.GetTimestamp();
        while (points < enough && filter.TryNext(out _))
        {
            points++;
        }

        return Stopwatch.GetElapsedTime(began).TotalMicroseconds / Math.Max(1, points);
    }
}
