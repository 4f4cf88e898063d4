using Telematics.Contracts;
using Telematics.Simulator.Transport;
using Telematics.Simulator.Workers;

namespace Telematics.Simulator.Meters;

/// <summary>Plain MQTT clients, many to a thread, that hold connections and publish in a closed loop.</summary>
internal sealed class Meter(MeterOptions options, TimeProvider clock) : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);
    private MeterWorker[] _workers = [];
    private WorkerThread[] _threads = [];

    /// <summary>What was timed.</summary>
    public MeterTimes Times { get; } = new();

    /// <summary>How the connections are spread, for people.</summary>
    public string Plan { get; private set; } = "";

    public long Connected => _workers.Sum(worker => Volatile.Read(ref worker.Counters.Connected));

    public long Connects => _workers.Sum(worker => Volatile.Read(ref worker.Counters.Connects));

    public long Failed => _workers.Sum(worker => Volatile.Read(ref worker.Counters.Failed));

    public long Acknowledged => _workers.Sum(worker => Volatile.Read(ref worker.Counters.Acknowledged));

    public long Refused => _workers.Sum(worker => Volatile.Read(ref worker.Counters.Refused));

    /// <summary>Why a client failed last, or null.</summary>
    public string? LastFailure => _workers.Select(worker => worker.Counters.LastFailure).FirstOrDefault(failure => failure is not null);

    /// <summary>Begins to connect.</summary>
    /// <exception cref="StartupException">The host is unknown, or the system's limits are too low for so many connections.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var transports = await FleetTransports.PlanAsync(options.Host, options.Port, options.Connections, spare: 0, options.Sources, options.Workers, cancellationToken);
        var plan = transports.Plan;
        var pace = WorkerPace.Share(plan, options.ConnectRate, gatherMilliseconds: 0);
        Plan = $"{plan.Describe()}, {pace.Describe(plan.Loops)}";
        _workers = [.. Enumerable.Range(0, plan.Loops).Select(loop => new MeterWorker(options, transports.Create(loop), plan.GetNumbers(loop, first: 1), pace, clock, Times))];
        _threads = [.. _workers.Select((worker, index) => new WorkerThread($"meter {index}", worker.Run))];
    }

    /// <summary>Waits until so many connects have been accepted or have failed since the start.</summary>
    public async Task WaitForConnectsAsync(long count, CancellationToken cancellationToken)
    {
        while (Connects + Failed < count)
        {
            await WaitAsync(Look, cancellationToken);
        }
    }

    /// <summary>Waits a time; throws when a worker has ended by an error meanwhile.</summary>
    public async Task WaitAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        var ended = WorkerThread.WaitAnyAsync(_threads, cancellationToken);
        await await Task.WhenAny(ended, Task.Delay(time, clock, cancellationToken));
    }

    /// <summary>All clients publish from here on, each as fast as it gets PUBACKs.</summary>
    public void Publish() => Array.ForEach(_workers, worker => worker.Publish());

    /// <summary>Cuts about so many connections and makes them again; answers how many.</summary>
    public int Reconnect(int count)
    {
        var each = ((count - 1) / _workers.Length) + 1;
        Array.ForEach(_workers, worker => worker.Reconnect(each));
        return (int)Math.Min((long)each * _workers.Length, options.Connections);
    }

    public async ValueTask DisposeAsync()
    {
        Array.ForEach(_workers, worker => worker.Stop());
        await WorkerThread.WaitAllAsync(_threads, CancellationToken.None);
    }
}
