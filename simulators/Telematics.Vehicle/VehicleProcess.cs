using Telematics.Vehicle.Commands;
using Telematics.Vehicle.Outbox;
using Telematics.Vehicle.Tracks;

namespace Telematics.Vehicle;

/// <summary>The onboard client as a whole: file, sampler, connection.</summary>
internal static class VehicleProcess
{
    private static readonly TimeSpan DrainCheck = TimeSpan.FromMilliseconds(200);

    /// <summary>Runs until cancelled, or until the track has ended and everything was forwarded.</summary>
    /// <exception cref="TrackException">The track cannot be replayed.</exception>
    public static async Task RunAsync(VehicleOptions options, TimeProvider clock, ILogger logger, CancellationToken cancellationToken)
    {
        var track = options.ReplayFile is { } file ? Track.Load(file, logger) : null;
        using var database = VehicleDatabase.Open(options.DataFolder, clock, logger);
        var outbox = new TelemetryOutbox(database, options.VehicleId, options.Format, logger);
        var car = new Car(database, options.Interval);
        var inbox = new CommandInbox(database, outbox, new CommandExecutor(car), options.VehicleId, clock, logger);
        inbox.AnswerInterrupted();
        logger.Started(options.VehicleId, outbox.Counter.Boot, outbox.Counter.Seq, outbox.Waiting);

        var added = new Wake();
        var sampler = new Sampler(car, track, options.Loop, outbox, added, clock);
        var client = new VehicleClient(options, outbox, inbox, added, new ReconnectDelay(Random.Shared), clock, logger);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var connection = client.RunAsync(stop.Token);
        try
        {
            var sampling = sampler.RunAsync(stop.Token);
            await await Task.WhenAny(sampling, connection);
            while (!outbox.IsEmpty && !connection.IsCompleted)
            {
                await Task.Delay(DrainCheck, clock, cancellationToken);
            }

            if (outbox.IsEmpty)
            {
                logger.TrackForwarded(sampler.Count, client.Acknowledged);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await EndAsync(connection);
        }
    }

    private static async Task EndAsync(Task connection)
    {
        try
        {
            await connection;
        }
        catch (OperationCanceledException)
        {
            // It was told to stop.
        }
    }
}
