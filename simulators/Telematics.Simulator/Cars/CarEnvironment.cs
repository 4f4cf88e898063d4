using System.Buffers;
using Telematics.Mqtt.Timing;
using Telematics.Simulator.Transport;
using Telematics.Simulator.Workers;

namespace Telematics.Simulator.Cars;

/// <summary>What the cars of one worker share; used on its thread only.</summary>
internal sealed class CarEnvironment(FleetOptions options, IFleetTransport transport, TimeProvider clock, AckTimes ackTimes, long boot)
{
    // 10 ms a slot, 41 s a turn.
    private const int SlotsPerSecond = 100;
    private const int Slots = 4_096;

    public FleetOptions Options { get; } = options;

    public IFleetTransport Transport { get; } = transport;

    public TimeProvider Clock { get; } = clock;

    public AckTimes AckTimes { get; } = ackTimes;

    /// <summary>The <c>boot</c> of all cars: this start of the fleet.</summary>
    public long Boot { get; } = boot;

    public WorkerCounters Counters { get; } = new();

    public TimingWheel<CarTimer> Wheel { get; } = new(clock.GetTimestamp(), clock.TimestampFrequency / SlotsPerSecond, Slots);

    /// <summary>Packets of the car at hand, until its turn ends.</summary>
    public ArrayBufferWriter<byte> Output { get; } = new(64 * 1024);

    /// <summary>The payload at hand.</summary>
    public ArrayBufferWriter<byte> Payload { get; } = new(16 * 1024);

    /// <summary>Whether nothing new begins any more.</summary>
    public bool IsDraining { get; set; }

    public long ToTicks(TimeSpan time) => (long)(time.TotalSeconds * Clock.TimestampFrequency);
}
