using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Telematics.Contracts.Telemetry;
using Telematics.Mqtt.Timing;
using Telematics.Simulator.Scenarios;
using Telematics.Simulator.Transport;
using Telematics.Simulator.Workers;

namespace Telematics.Simulator.Cars;

/// <summary>What the cars of one worker share; used on its thread only.</summary>
internal sealed class CarEnvironment(FleetOptions options, IFleetTransport transport, TimeProvider clock, AckTimes ackTimes, long boot)
{
    // 10 ms a slot, 41 s a turn.
    private const int SlotsPerSecond = 100;
    private const int Slots = 4_096;
    private static readonly StandardFormat SixDigits = new('D', 6);

    private readonly byte[] _prefix = Encoding.ASCII.GetBytes(options.Prefix);

    public FleetOptions Options { get; } = options;

    public ScenarioOptions Scenario { get; } = options.Scenario;

    public IFleetTransport Transport { get; } = transport;

    public TimeProvider Clock { get; } = clock;

    public AckTimes AckTimes { get; } = ackTimes;

    /// <summary>The <c>boot</c> of all cars: this start of the fleet.</summary>
    public long Boot { get; } = boot;

    /// <summary>When the fleet began, in ticks of the clock: what happens to all at once is counted from here.</summary>
    public long Begin { get; } = clock.GetTimestamp();

    public WorkerCounters Counters { get; } = new();

    public TimingWheel<CarTimer> Wheel { get; } = new(clock.GetTimestamp(), clock.TimestampFrequency / SlotsPerSecond, Slots);

    /// <summary>What the cars have sent and is not acknowledged.</summary>
    public InflightSlab Inflight { get; } = new();

    public CommandReader Commands { get; } = new();

    /// <summary>Packets of the car at hand, until its turn ends.</summary>
    public ArrayBufferWriter<byte> Output { get; } = new(64 * 1024);

    /// <summary>The payload at hand.</summary>
    public ArrayBufferWriter<byte> Payload { get; } = new(16 * 1024);

    /// <summary>The samples of the message at hand.</summary>
    public List<TelemetrySample> Batch { get; } = [];

    /// <summary>Whether nothing new begins any more.</summary>
    public bool IsDraining { get; set; }

    /// <summary>Writes the vehicle id of a car; answers its length, at most that of a vehicle id.</summary>
    public int WriteVehicleId(int number, Span<byte> destination)
    {
        _prefix.CopyTo(destination);
        return Utf8Formatter.TryFormat(number, destination[_prefix.Length..], out var digits, SixDigits)
            ? _prefix.Length + digits
            : throw new ArgumentException("too short for a vehicle id", nameof(destination));
    }

    public long ToTicks(TimeSpan time) => (long)(time.TotalSeconds * Clock.TimestampFrequency);
}
