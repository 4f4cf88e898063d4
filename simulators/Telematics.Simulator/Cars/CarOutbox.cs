using System.Buffers;
using System.Runtime.InteropServices;
using Telematics.Contracts;
using Telematics.Contracts.Telemetry;
using Telematics.Mqtt;
using Telematics.Mqtt.Packets;

namespace Telematics.Simulator.Cars;

/// <summary>
/// What a car wants to say, and what it has said without a PUBACK. <c>seq</c> is given when a message is first handed to
/// MQTT; what is sent again is the same bytes, so it keeps its number.
/// </summary>
internal struct CarOutbox
{
    private const int MaximumSamplesPerMessage = 32;
    private const int WorstSampleLength = 1_500;

    private CarBacklog? _backlog;
    private InflightWindow _inflight;
    private uint _seq;
    private byte _window;
    private byte _samplesPerMessage;
    private bool _isSessionPresent;

    /// <summary>Whether everything was said and acknowledged.</summary>
    public readonly bool IsEmpty => _inflight.Count == 0 && _backlog is null;

    /// <summary>Whether another message may be handed to MQTT.</summary>
    public readonly bool HasRoom => _inflight.Count < _window;

    /// <summary>Whether nothing older waits and there is room: what is new may be sent past the backlog.</summary>
    private readonly bool IsClear => _backlog is null && HasRoom && _inflight.OnWire == _inflight.Count;

    /// <summary>Sends a sample, or keeps it for the next message; the oldest is given up when there are too many.</summary>
    /// <param name="car">Whose.</param>
    /// <param name="sample">The sample.</param>
    public void Add(Car car, in TelemetrySample sample)
    {
        if (car.State == CarState.Online && IsClear)
        {
            PublishSamples(car, new ReadOnlySpan<TelemetrySample>(in sample));
            return;
        }

        var environment = car.Environment;
        var samples = (_backlog ??= new CarBacklog()).Samples;
        if (samples.Count == environment.Options.BacklogSamples)
        {
            samples.Dequeue();
            environment.Counters.SamplesGivenUp++;
        }

        samples.Enqueue(sample);
    }

    /// <summary>Sends an answer to a command, or keeps it. Never given up; a server that takes no answers has few commands open.</summary>
    public void AddResult(Car car, ReadOnlySpan<byte> json)
    {
        if (car.State == CarState.Online && IsClear)
        {
            PublishResult(car, json);
        }
        else
        {
            (_backlog ??= new CarBacklog()).Results.Enqueue(json.ToArray());
        }
    }

    /// <summary>A connection was accepted.</summary>
    public void OnConnected(FleetOptions options, bool isSessionPresent, int receiveMaximum, int maximumPacketSize)
    {
        _isSessionPresent = isSessionPresent;
        _window = (byte)Math.Min(options.Window, receiveMaximum);
        _samplesPerMessage = (byte)Math.Clamp(maximumPacketSize / WorstSampleLength, 1, MaximumSamplesPerMessage);
    }

    /// <summary>The connection is gone.</summary>
    public void OnConnectionLost() => _inflight.OnConnectionLost();

    /// <summary>A PUBACK came; false when it answers nothing.</summary>
    public bool OnPuback(Car car, ushort packetId, MqttReasonCode reason)
    {
        var environment = car.Environment;
        if (!_inflight.TryRemove(environment.Inflight, packetId, out var firstSent))
        {
            return false;
        }

        if (reason >= MqttReasonCode.UnspecifiedError)
        {
            environment.Counters.Refused++;
            environment.Counters.LastProblem = new CarProblem(car.Number, "PUBACK refused", reason.ToString());
            return true;
        }

        environment.Counters.Acknowledged++;
        environment.AckTimes.Record((long)environment.Clock.GetElapsedTime(firstSent).TotalMicroseconds);
        return true;
    }

    /// <summary>Writes to the output what may be sent now: first what the last connection left, then answers, then telemetry.</summary>
    public void Fill(Car car)
    {
        var environment = car.Environment;
        while (_inflight.OnWire < _window && _inflight.TryTakeUnsent(environment.Inflight, out var packet, duplicate: _isSessionPresent))
        {
            environment.Output.Write(packet);
            environment.Counters.Resent++;
        }

        // What is older goes first, so nothing new before all of it is on the wire.
        while (_backlog is not null && HasRoom && _inflight.OnWire == _inflight.Count)
        {
            if (_backlog.Results.TryDequeue(out var result))
            {
                PublishResult(car, result);
            }
            else
            {
                PublishWaiting(car, _backlog.Samples);
            }

            if (_backlog.IsEmpty)
            {
                _backlog = null;
            }
        }
    }

    private void PublishWaiting(Car car, Queue<TelemetrySample> samples)
    {
        var batch = car.Environment.Batch;
        CollectionsMarshal.SetCount(batch, Math.Min(samples.Count, _samplesPerMessage));
        foreach (ref var sample in CollectionsMarshal.AsSpan(batch))
        {
            sample = samples.Dequeue();
        }

        PublishSamples(car, CollectionsMarshal.AsSpan(batch));
    }

    private void PublishSamples(Car car, ReadOnlySpan<TelemetrySample> samples)
    {
        var environment = car.Environment;
        environment.Payload.ResetWrittenCount();
        var sequence = new MessageSequence(environment.Boot, ++_seq);
        if (environment.Options.Format == PayloadFormat.Json)
        {
            TelemetryJson.Write(environment.Payload, sequence, samples, DoorSignals.Json);
        }
        else
        {
            TelemetryProtobuf.Write(environment.Payload, sequence, samples, DoorSignals.Json);
        }

        Publish(car, "telemetry/"u8, environment.Options.QualityOfService, environment.Payload.WrittenSpan);
        environment.Counters.TelemetrySent++;
        environment.Counters.SamplesSent += samples.Length;
    }

    private void PublishResult(Car car, ReadOnlySpan<byte> json)
    {
        Publish(car, "command-result/"u8, QualityOfService.AtLeastOnce, json);
        car.Environment.Counters.ResultsSent++;
    }

    private void Publish(Car car, ReadOnlySpan<byte> firstLevel, QualityOfService qualityOfService, ReadOnlySpan<byte> payload)
    {
        var environment = car.Environment;
        Span<byte> topic = stackalloc byte[firstLevel.Length + VehicleId.MaxLength];
        firstLevel.CopyTo(topic);
        var packet = new PublishPacket
        {
            QualityOfService = qualityOfService,
            Topic = topic[..(firstLevel.Length + environment.WriteVehicleId(car.Number, topic[firstLevel.Length..]))],
            PacketId = qualityOfService == QualityOfService.AtMostOnce ? (ushort)0 : _inflight.NextPacketId(environment.Inflight),
            Payload = payload,
        };
        var version = environment.Options.Version;
        if (qualityOfService == QualityOfService.AtMostOnce)
        {
            packet.Write(environment.Output, version);
            environment.Counters.Acknowledged++;
            return;
        }

        var bytes = environment.Inflight.Packets.Rent(packet.GetLength(version));
        var publish = new Unacknowledged
        {
            Packet = bytes,
            Length = packet.Write(bytes, version),
            PacketId = packet.PacketId,
            FirstSent = environment.Clock.GetTimestamp(),
        };
        _inflight.Add(environment.Inflight, publish);
        environment.Output.Write(bytes.AsSpan(0, publish.Length));
    }
}
