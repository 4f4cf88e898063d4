using System.Net;
using System.Net.Sockets;
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
    private const int VehiclesPerWorker = 4_000;

    // Past half the port range the search for a free port becomes slow; a loopback network has many addresses.
    private const int VehiclesPerSourceAddress = 10_000;

    private readonly AckTimes _ackTimes = new();
    private volatile FleetWorker[] _workers = [];
    private Task[] _running = [];
    private long _started;
    private long _stopped;

    /// <summary>What the fleet has done so far.</summary>
    public FleetCounters GetCounters() =>
        _workers.Aggregate(new FleetCounters { Vehicles = options.Vehicles }, (sum, worker) => worker.Counters.AddTo(sum));

    /// <summary>PUBACK times since the last call.</summary>
    public AckPercentiles TakeRecentAckTimes() => _ackTimes.TakeRecent();

    /// <summary>Everything since the start.</summary>
    public FleetSummary GetSummary() =>
        new(GetCounters(), _ackTimes.GetTotal(), clock.GetElapsedTime(_started, _stopped == 0 ? clock.GetTimestamp() : _stopped));

    /// <summary>Starts all cars and returns; they connect, and connect again, by themselves.</summary>
    /// <exception cref="StartupException">An option is wrong, the gateway's host is unknown, or the process may not open enough files.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Validate() is [var fault, ..])
        {
            throw new StartupException(fault);
        }

        OpenFileLimit.ThrowIfTooLow(options.Vehicles * options.FilesPerVehicle);
        var gateway = new IPEndPoint(await ResolveAsync(cancellationToken), options.Port);
        _started = clock.GetTimestamp();
        var boot = clock.GetUnixMicroseconds() / UnixTime.MicrosecondsPerMillisecond;
        var count = options.Workers > 0 ? options.Workers : Math.Min(Environment.ProcessorCount, 1 + ((options.Vehicles - 1) / VehiclesPerWorker));
        count = Math.Min(count, options.Vehicles);
        var workers = new FleetWorker[count];
        for (var worker = 0; worker < count; worker++)
        {
            // Every count-th car, so that all workers connect and report at the same pace.
            var index = worker;
            var numbers = Enumerable.Range(0, options.Vehicles).Where(i => i % count == index).Select(i => options.FirstNumber + i).ToArray();
            var transport = new SocketTransport(gateway, numbers.Length, slot => GetSourceAddress(gateway.Address, numbers[slot] - options.FirstNumber));
            workers[worker] = new FleetWorker(new CarEnvironment(options, transport, clock, _ackTimes, boot), numbers);
        }

        _workers = workers;
        _running = [.. workers.Select(RunAsync)];
    }

    /// <summary>
    /// Waits until the fleet ends by an error; a fleet without one ends only through <see cref="StopAsync"/>.
    /// </summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        var first = await Task.WhenAny(_running).WaitAsync(cancellationToken);
        await first;
    }

    /// <summary>Stops reporting, waits for what is not acknowledged yet, disconnects.</summary>
    /// <param name="drain">Longest wait; what is open then stays unacknowledged.</param>
    /// <param name="cancellationToken">Ends the wait early, not the stop.</param>
    public async Task StopAsync(TimeSpan drain, CancellationToken cancellationToken)
    {
        if (_stopped != 0)
        {
            return;
        }

        Array.ForEach(_workers, worker => worker.RequestDrain());
        var all = Task.WhenAll(_running);
        try
        {
            await all.WaitAsync(drain, clock, cancellationToken);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException && !all.IsCompleted)
        {
            Array.ForEach(_workers, worker => worker.Abort());
            await all;
        }
        finally
        {
            _stopped = clock.GetTimestamp();
        }
    }

    /// <summary>Stops without a wait.</summary>
    public async ValueTask DisposeAsync() => await StopAsync(TimeSpan.Zero, CancellationToken.None);

    private static Task RunAsync(FleetWorker worker, int index)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                worker.Run();
                ended.SetResult();
            }
            catch (Exception e)
            {
                ended.SetException(e);
            }
        })
        {
            IsBackground = true,
            Name = $"fleet {index}",
        };
        thread.Start();
        return ended.Task;
    }

    private static IPAddress? GetSourceAddress(IPAddress gateway, int index) =>
        OperatingSystem.IsLinux() && index >= VehiclesPerSourceAddress && gateway.AddressFamily == AddressFamily.InterNetwork && IPAddress.IsLoopback(gateway)
            ? new IPAddress([127, 0, 0, (byte)(1 + (index / VehiclesPerSourceAddress))])
            : null;

    private async Task<IPAddress> ResolveAsync(CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(options.Host, out var address))
        {
            return address;
        }

        try
        {
            var addresses = await Dns.GetHostAddressesAsync(options.Host, cancellationToken);
            return Array.Find(addresses, candidate => candidate.AddressFamily == AddressFamily.InterNetwork) ?? addresses[0];
        }
        catch (SocketException e)
        {
            throw new StartupException($"gateway host '{options.Host}' is not known: {e.Message}", e);
        }
    }
}
