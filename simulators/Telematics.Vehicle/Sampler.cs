using System.Buffers;
using System.Text;
using Telematics.Contracts.Telemetry;
using Telematics.Vehicle.Commands;
using Telematics.Vehicle.Outbox;
using Telematics.Vehicle.Tracks;

namespace Telematics.Vehicle;

/// <summary>Takes a sample each reporting interval, from a recorded track or of a parked car, and keeps it in the outbox.</summary>
internal sealed class Sampler(Car car, Track? track, bool loop, TelemetryOutbox outbox, Wake added, TimeProvider clock)
{
    private readonly DecodedTelemetry _telemetry = new();
    private readonly ArrayBufferWriter<byte> _json = new();

    /// <summary>Samples taken since the start.</summary>
    public long Count { get; private set; }

    /// <summary>Runs until the track has ended; without a track, or with one that loops, until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var begin = clock.GetTimestamp();
        var due = TimeSpan.Zero;
        while (true)
        {
            var elapsed = clock.GetElapsedTime(begin);
            Take(elapsed);
            if (track is not null && !loop && elapsed >= track.Duration)
            {
                return;
            }

            due = await WaitAsync(begin, due, cancellationToken);
        }
    }

    // An interval that is changed meanwhile counts from the last sample on.
    private async Task<TimeSpan> WaitAsync(long begin, TimeSpan last, CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = car.IntervalChanged.Next;
            var next = last + car.ReportingInterval;
            if (track is not null && !loop && next > track.Duration)
            {
                next = track.Duration; // the last row is reported, too
            }

            var elapsed = clock.GetElapsedTime(begin);
            if (elapsed >= next)
            {
                return elapsed;
            }

            await Task.WhenAny(changed, Task.Delay(next - elapsed, clock, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
            if (!changed.IsCompleted)
            {
                return next;
            }
        }
    }

    private void Take(TimeSpan elapsed)
    {
        var now = clock.GetUtcNow();
        _json.ResetWrittenCount();
        _json.Write(Encoding.ASCII.GetBytes($"{{\"time\":\"{now.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}\""));
        _json.Write(track is null ? Parked() : track.SignalsAt(loop ? TimeSpan.FromTicks(elapsed.Ticks % (track.Duration.Ticks + 1)) : elapsed));
        _json.Write("}"u8);
        if (TelemetryCodec.Decode(_json.WrittenSpan, "application/json"u8, _telemetry) is { Reason: not RejectReason.None } result)
        {
            throw new InvalidDataException($"A sample of ours cannot be decoded: {result.Detail}");
        }

        var values = _telemetry.Samples[0].Values;
        if (!double.IsNaN(values[SignalCatalogue.Latitude]) && !double.IsNaN(values[SignalCatalogue.Longitude]))
        {
            car.Position = new CarPosition(values[SignalCatalogue.Latitude], values[SignalCatalogue.Longitude], now);
        }

        outbox.Add(_json.WrittenSpan);
        Count++;
        added.Set();
    }

    private byte[] Parked() =>
        Encoding.ASCII.GetBytes($",\"Vehicle.IsMoving\":false,\"Vehicle.LowVoltageSystemState\":\"OFF\",\"Vehicle.Cabin.Door.Row1.DriverSide.IsLocked\":{(car.IsLocked ? "true" : "false")}");
}
