using System.Buffers;
using System.Text;
using Telematics.Contracts;
using Telematics.Contracts.Telemetry;
using Telematics.Mqtt;
using Telematics.Mqtt.Packets;

namespace Telematics.Simulator.Cars;

/// <summary>
/// What a car wants to say, and what it has said without a PUBACK. <c>seq</c> is given when a message is first handed to
/// MQTT; what is sent again is the same bytes, so it keeps its number.
/// </summary>
internal sealed class CarOutbox(CarEnvironment environment, byte[] vehicleId)
{
    private const int MaximumSamplesPerMessage = 32;
    private const int WorstSampleLength = 1_500;

    private readonly InflightWindow _inflight = new();
    private Queue<TelemetrySample>? _samples;
    private Queue<byte[]>? _results;
    private TelemetrySample[] _batch = new TelemetrySample[1];
    private int _window = 1;
    private int _samplesPerMessage = 1;
    private bool _isSessionPresent;
    private long _seq;

    /// <summary>Whether everything was said and acknowledged.</summary>
    public bool IsEmpty => _inflight.Count == 0 && _samples is not { Count: > 0 } && _results is not { Count: > 0 };

    /// <summary>Whether another message may be handed to MQTT.</summary>
    public bool HasRoom => _inflight.Count < _window;

    /// <summary>Keeps a sample for the next message; the oldest is given up when there are too many.</summary>
    public void Add(in TelemetrySample sample)
    {
        _samples ??= new Queue<TelemetrySample>(1);
        if (_samples.Count == environment.Options.BacklogSamples)
        {
            _samples.Dequeue();
            environment.Counters.SamplesGivenUp++;
        }

        _samples.Enqueue(sample);
    }

    /// <summary>Keeps an answer to a command until it is sent. Never given up; a server that takes no answers has few commands open.</summary>
    public void AddResult(byte[] json) => (_results ??= new Queue<byte[]>(1)).Enqueue(json);

    /// <summary>A connection was accepted.</summary>
    public void OnConnected(bool isSessionPresent, int receiveMaximum, int maximumPacketSize)
    {
        _isSessionPresent = isSessionPresent;
        _window = Math.Min(environment.Options.Window, receiveMaximum);
        _samplesPerMessage = Math.Clamp(maximumPacketSize / WorstSampleLength, 1, MaximumSamplesPerMessage);
    }

    /// <summary>The connection is gone.</summary>
    public void OnConnectionLost() => _inflight.OnConnectionLost();

    /// <summary>A PUBACK came; false when it answers nothing.</summary>
    public bool OnPuback(ushort packetId, MqttReasonCode reason)
    {
        if (!_inflight.TryRemove(packetId, out var firstSent))
        {
            return false;
        }

        if (reason >= MqttReasonCode.UnspecifiedError)
        {
            environment.Counters.Refused++;
            environment.Counters.LastProblem = $"PUBACK with {reason}";
            return true;
        }

        environment.Counters.Acknowledged++;
        environment.AckTimes.Record((long)environment.Clock.GetElapsedTime(firstSent).TotalMicroseconds);
        return true;
    }

    /// <summary>Writes to the output what may be sent now: first what the last connection left, then answers, then telemetry.</summary>
    public void Fill()
    {
        while (_inflight.OnWire < _window && _inflight.TryTakeUnsent(out var packet, duplicate: _isSessionPresent))
        {
            environment.Output.Write(packet.Span);
            environment.Counters.Resent++;
        }

        // What is older goes first, so nothing new before all of it is on the wire.
        while (HasRoom && _inflight.OnWire == _inflight.Count)
        {
            if (_results is { Count: > 0 })
            {
                Publish(TopicNames.CommandResult, QualityOfService.AtLeastOnce, _results.Dequeue());
                environment.Counters.ResultsSent++;
            }
            else if (_samples is { Count: > 0 })
            {
                PublishSamples(_samples);
            }
            else
            {
                break;
            }
        }
    }

    private void PublishSamples(Queue<TelemetrySample> samples)
    {
        var count = Math.Min(samples.Count, _samplesPerMessage);
        if (_batch.Length < count)
        {
            _batch = new TelemetrySample[MaximumSamplesPerMessage];
        }

        for (var i = 0; i < count; i++)
        {
            _batch[i] = samples.Dequeue();
        }

        environment.Payload.ResetWrittenCount();
        var sequence = new MessageSequence(environment.Boot, ++_seq);
        if (environment.Options.Format == PayloadFormat.Json)
        {
            TelemetryJson.Write(environment.Payload, sequence, _batch.AsSpan(0, count), DoorSignals.Json);
        }
        else
        {
            TelemetryProtobuf.Write(environment.Payload, sequence, _batch.AsSpan(0, count), DoorSignals.Json);
        }

        Publish(TopicNames.Telemetry, environment.Options.QualityOfService, environment.Payload.WrittenSpan);
        environment.Counters.TelemetrySent++;
        environment.Counters.SamplesSent += count;
    }

    private void Publish(string firstLevel, QualityOfService qualityOfService, ReadOnlySpan<byte> payload)
    {
        Span<byte> topic = stackalloc byte[firstLevel.Length + 1 + VehicleId.MaxLength];
        var length = Encoding.ASCII.GetBytes(firstLevel, topic);
        topic[length++] = (byte)'/';
        vehicleId.CopyTo(topic[length..]);
        var packet = new PublishPacket
        {
            QualityOfService = qualityOfService,
            Topic = topic[..(length + vehicleId.Length)],
            PacketId = qualityOfService == QualityOfService.AtMostOnce ? (ushort)0 : _inflight.NextPacketId(),
            Payload = payload,
        };
        var version = environment.Options.Version;
        if (qualityOfService == QualityOfService.AtMostOnce)
        {
            packet.Write(environment.Output, version);
            environment.Counters.Acknowledged++;
            return;
        }

        var bytes = ArrayPool<byte>.Shared.Rent(packet.GetLength(version));
        var entry = new Unacknowledged
        {
            Packet = bytes,
            Length = packet.Write(bytes, version),
            PacketId = packet.PacketId,
            IsOnWire = true,
            FirstSent = environment.Clock.GetTimestamp(),
        };
        _inflight.Add(entry);
        environment.Output.Write(bytes.AsSpan(0, entry.Length));
    }
}
