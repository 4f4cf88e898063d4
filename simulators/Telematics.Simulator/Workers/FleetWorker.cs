using Telematics.Mqtt.Timing;
using Telematics.Simulator.Cars;
using Telematics.Simulator.Transport;

namespace Telematics.Simulator.Workers;

/// <summary>One thread with a part of the fleet: everything that happens to its cars happens here, in turn.</summary>
internal sealed class FleetWorker : ITransportEvents
{
    /// <summary>Cars that connect at the same time: enough to be fast, and fewer than a listener's queue.</summary>
    private const int MaximumConnecting = 128;
    private const int PollMilliseconds = 10;

    private readonly CarEnvironment _environment;
    private readonly Car[] _cars;
    private readonly Queue<Car> _waiting = new();
    private int _connecting;
    private volatile bool _drainRequested;
    private volatile bool _isAborted;

    /// <summary>A worker for the cars with these numbers.</summary>
    public FleetWorker(CarEnvironment environment, IReadOnlyList<int> numbers)
    {
        _environment = environment;
        _cars = new Car[numbers.Count];
        for (var slot = 0; slot < _cars.Length; slot++)
        {
            _cars[slot] = new Car(environment, slot, numbers[slot]);
        }
    }

    /// <summary>What its cars have done.</summary>
    public WorkerCounters Counters => _environment.Counters;

    /// <summary>Whether all cars are stopped.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>Starts the cars; each connects when its number among the whole fleet's is due.</summary>
    public void Start()
    {
        var options = _environment.Options;
        for (var slot = 0; slot < _cars.Length; slot++)
        {
            var fraction = (double)slot / _cars.Length;
            _cars[slot].Start(options.ConnectRate == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(fraction * options.Vehicles / options.ConnectRate));
        }
    }

    /// <summary>Runs until all cars are stopped.</summary>
    public void Run()
    {
        Start();
        while (!IsFinished)
        {
            RunOnce(PollMilliseconds);
        }

        _environment.Transport.Dispose();
    }

    /// <summary>Handles what has happened.</summary>
    public void RunOnce(int timeoutMilliseconds)
    {
        _environment.Transport.Poll(timeoutMilliseconds, this);
        var sink = new Sink(this);
        _environment.Wheel.Advance(_environment.Clock.GetTimestamp(), ref sink);
        while (_connecting < MaximumConnecting && _waiting.TryDequeue(out var car))
        {
            if (car.State == CarState.Waiting)
            {
                _connecting++;
                car.Connect();
            }
        }

        if (_drainRequested)
        {
            Drain();
        }
    }

    /// <summary>No more reports: each car stops when everything it has said is acknowledged. From any thread.</summary>
    public void RequestDrain() => _drainRequested = true;

    /// <summary>Stops the cars now, whatever is open. From any thread.</summary>
    public void Abort()
    {
        _isAborted = true;
        _drainRequested = true;
    }

    /// <inheritdoc/>
    public void OnConnected(int slot) => _cars[slot].OnConnected();

    /// <inheritdoc/>
    public void OnReceived(int slot, ReadOnlySpan<byte> bytes)
    {
        var wasConnecting = _cars[slot].IsConnecting;
        _cars[slot].OnReceived(bytes);
        CountConnecting(slot, wasConnecting);
    }

    /// <inheritdoc/>
    public void OnClosed(int slot, string reason)
    {
        var wasConnecting = _cars[slot].IsConnecting;
        _cars[slot].OnClosed(reason);
        CountConnecting(slot, wasConnecting);
    }

    private void OnTimer(TimerHandle handle, CarTimer timer)
    {
        var car = _cars[timer.Slot];
        var wasConnecting = car.IsConnecting;
        if (car.OnTimer(handle, timer.Kind))
        {
            _waiting.Enqueue(car);
        }

        CountConnecting(timer.Slot, wasConnecting);
    }

    private void CountConnecting(int slot, bool wasConnecting)
    {
        if (wasConnecting && !_cars[slot].IsConnecting)
        {
            _connecting--;
        }
    }

    private void Drain()
    {
        var left = 0;
        var isFirst = !_environment.IsDraining;
        _environment.IsDraining = true;
        foreach (var car in _cars)
        {
            if (car.State == CarState.Stopped)
            {
                continue;
            }

            if (isFirst)
            {
                car.StopReporting();
            }

            if (car.IsDone || _isAborted)
            {
                car.Stop(disconnect: true);
            }
            else
            {
                left++;
            }
        }

        IsFinished = left == 0;
    }

    private readonly ref struct Sink(FleetWorker worker) : ITimerSink<CarTimer>
    {
        public void OnDue(TimerHandle handle, CarTimer state) => worker.OnTimer(handle, state);
    }
}
