using Telematics.Contracts;
using Telematics.Simulator.Cars;
using Telematics.Simulator.Transport;
using Telematics.Simulator.Workers;

namespace Telematics.Simulator;

/// <summary>
/// A virtual fleet: cars that drive, report over MQTT and obey commands, many to a thread. It lives in any process; the
/// counters may be read at any time from any thread.
/// </summary>
/// <param name="options">What the fleet is.</param>
/// <param name="clock">Time.</param>
public sealed class Fleet(FleetOptions options, TimeProvider clock) : IAsyncDisposable
{
    private readonly AckTimes _ackTimes = new();
    private volatile FleetWorker[] _workers = [];
    private WorkerThread[] _threads = [];
    private long _started;
    private long _stopped;
    private long _missingAtStop;

    /// <summary>What the fleet has done so far.</summary>
    public FleetCounters GetCounters() =>
        _workers.Aggregate(new FleetCounters { Vehicles = options.Vehicles }, (sum, worker) => worker.Counters.AddTo(sum, options));

    /// <summary>PUBACK times since the last call.</summary>
    public AckPercentiles TakeRecentAckTimes() => _ackTimes.TakeRecent();

    /// <summary>Everything since the start.</summary>
    public FleetSummary GetSummary() => new(
        GetCounters(),
        _ackTimes.GetTotal(),
        clock.GetElapsedTime(_started, _stopped == 0 ? clock.GetTimestamp() : _stopped),
        _missingAtStop,
        options.Scenario.Kind);

    /// <summary>How the connections are spread, for people; empty before the start.</summary>
    public string Plan { get; private set; } = "";

    /// <summary>Starts all cars and returns; they connect, and connect again, by themselves.</summary>
    /// <exception cref="StartupException">An option is wrong, the gateway's host is unknown, or the system's limits are too low for so many connections.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Validate() is [var fault, ..])
        {
            throw new StartupException(fault);
        }

        var spare = options.Scenario.GetSpareConnections(options.Vehicles);
        var transports = await FleetTransports.PlanAsync(options.Host, options.Port, options.Vehicles, spare, options.Sources, options.Workers, cancellationToken);
        var plan = transports.Plan;
        var pace = WorkerPace.Share(plan, options.ConnectRate, options.GatherMilliseconds);
        _started = clock.GetTimestamp();
        var boot = clock.GetUnixMicroseconds() / UnixTime.MicrosecondsPerMillisecond;
        var workers = new FleetWorker[plan.Loops];
        for (var loop = 0; loop < workers.Length; loop++)
        {
            workers[loop] = new FleetWorker(
                new CarEnvironment(options, transports.Create(loop), clock, _ackTimes, boot), plan.GetNumbers(loop, options.FirstNumber), pace);
        }

        _workers = workers;
        _threads = [.. workers.Select((worker, index) => new WorkerThread($"fleet {index}", worker.Run))];
        Plan = $"{plan.Describe()}, {pace.Describe(plan.Loops)}";
    }

    /// <summary>
    /// Waits until the fleet ends by an error; a fleet without one ends only through <see cref="StopAsync"/>.
    /// </summary>
    public Task WaitAsync(CancellationToken cancellationToken) => WorkerThread.WaitAnyAsync(_threads, cancellationToken);

    /// <summary>Stops reporting, waits for what is not acknowledged yet, disconnects.</summary>
    /// <param name="drain">Longest wait; what is open then stays unacknowledged.</param>
    /// <param name="cancellationToken">Ends the wait early, not the stop.</param>
    public async Task StopAsync(TimeSpan drain, CancellationToken cancellationToken)
    {
        if (_stopped != 0)
        {
            return;
        }

        var counters = GetCounters();
        _missingAtStop = counters.Vehicles - counters.Connected - counters.Away;
        Array.ForEach(_workers, worker => worker.RequestDrain());
        using var limit = new CancellationTokenSource(drain, clock);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await WorkerThread.WaitAllAsync(_threads, end.Token);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            Array.ForEach(_workers, worker => worker.Abort());
            await WorkerThread.WaitAllAsync(_threads, CancellationToken.None);
        }
        finally
        {
            _stopped = clock.GetTimestamp();
        }
    }

    /// <summary>Stops without a wait.</summary>
    public async ValueTask DisposeAsync() => await StopAsync(TimeSpan.Zero, CancellationToken.None);
}
