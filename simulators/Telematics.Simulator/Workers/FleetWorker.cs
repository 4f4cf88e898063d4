using System.Net.Sockets;
using Telematics.Mqtt.Timing;
using Telematics.Simulator.Cars;
using Telematics.Simulator.Planning;
using Telematics.Simulator.Transport;

namespace Telematics.Simulator.Workers;

/// <summary>One thread with a part of the fleet: everything that happens to its cars happens here, in turn.</summary>
internal sealed class FleetWorker : ITransportEvents
{
    private const int PollMilliseconds = 10;

    private readonly CarEnvironment _environment;
    private readonly WorkerPace _pace;
    private readonly Car[] _cars;
    private readonly Queue<Car> _waiting = new();
    private readonly Queue<Car> _toStop = new();
    private int _connecting;
    private volatile bool _drainRequested;
    private volatile bool _isAborted;

    /// <summary>A worker for the cars with these numbers.</summary>
    public FleetWorker(CarEnvironment environment, NumberRange numbers, WorkerPace pace)
    {
        _environment = environment;
        _pace = pace;
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
        for (var slot = 0; slot < _cars.Length; slot++)
        {
            _cars[slot].Start(_pace.ConnectRate == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(slot / _pace.ConnectRate));
        }
    }

    /// <summary>Runs until all cars are stopped.</summary>
    public void Run()
    {
        using var transport = _environment.Transport;
        transport.Attach();
        Start();
        while (!IsFinished)
        {
            RunOnce(_pace.GatherMilliseconds == 0 ? PollMilliseconds : 0);
            if (_pace.GatherMilliseconds > 0)
            {
                // What happens meanwhile is met at once: a wake-up for each message costs half as much again as the message.
                Thread.Sleep(_pace.GatherMilliseconds);
            }
        }
    }

    /// <summary>Handles what has happened.</summary>
    public void RunOnce(int timeoutMilliseconds)
    {
        _environment.Transport.Poll(timeoutMilliseconds, this);
        var sink = new Sink(this);
        _environment.Wheel.Advance(_environment.Clock.GetTimestamp(), ref sink);
        while (_connecting < _pace.MaximumConnecting && _waiting.TryDequeue(out var car))
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

        Volatile.Write(ref Counters.Connecting, _connecting);
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
    public int OnReceived(int slot, ReadOnlySpan<byte> bytes)
    {
        var wasConnecting = _cars[slot].IsConnecting;
        var consumed = _cars[slot].OnReceived(bytes);
        CountConnecting(slot, wasConnecting);
        return consumed;
    }

    /// <inheritdoc/>
    public void OnClosed(int slot, SocketError error)
    {
        var wasConnecting = _cars[slot].IsConnecting;
        _cars[slot].OnClosed(error == SocketError.Success ? "closed by the server" : error.ToString());
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
        if (!_environment.IsDraining)
        {
            _environment.IsDraining = true;
            foreach (var car in _cars)
            {
                car.StopReporting();
                car.ComeBack();
                _toStop.Enqueue(car);
            }
        }

        // Some at a time: a million goodbyes at once would only stand in queues.
        var turns = _isAborted ? _toStop.Count : Math.Min(_toStop.Count, _pace.StopsPerTurn);
        for (; turns > 0; turns--)
        {
            var car = _toStop.Dequeue();
            if (car.IsDone || _isAborted)
            {
                var wasConnecting = car.IsConnecting;
                car.Stop(disconnect: !_isAborted);
                CountConnecting(car.Slot, wasConnecting);
            }
            else
            {
                _toStop.Enqueue(car);
            }
        }

        IsFinished = _toStop.Count == 0;
    }

    private readonly ref struct Sink(FleetWorker worker) : ITimerSink<CarTimer>
    {
        public void OnDue(TimerHandle handle, CarTimer state) => worker.OnTimer(handle, state);
    }
}
