using Telematics.Contracts;
using Telematics.Contracts.Telemetry;
using Telematics.Messaging;

namespace Telematics.Api.Live;

/// <summary>Follows one queue of <c>telemetry</c>, by the same rules as Ingest.</summary>
internal sealed class TelemetryFollower(LiveView view, IMessageLog log, MessageQueue queue, long offset, RepeatDetector repeats, TimeSpan? longestAge, LiveMetrics metrics, TimeProvider clock, ILogger logger)
    : LiveQueueFollower(log, queue, offset, repeats, metrics, clock, logger)
{
    private readonly DecodedTelemetry _telemetry = new();
    private readonly List<(int Message, LiveSample Sample)> _samples = [];

    protected override void Apply(MessageBatch batch, IReadOnlyList<bool> isRepeat, long nextOffset)
    {
        // Decoded without the view's lock; what is left inside is a look-up and a copy a message.
        _samples.Clear();
        for (var i = 0; i < batch.Count; i++)
        {
            var message = batch[i];
            if (!isRepeat[i] && !VehicleIdOf(in message).IsEmpty && TryDecode(in message, out var sample))
            {
                _samples.Add((i, sample));
            }
        }

        view.TryUse((Follower: this, Batch: batch, NextOffset: nextOffset), static (state, use) =>
        {
            foreach (var (message, sample) in use.Follower._samples)
            {
                state.Apply(VehicleIdOf(use.Batch[message]), in sample);
            }

            state.Positions.Telemetry[use.Follower.Queue.Index] = use.NextOffset;
        });
    }

    // The topic names the vehicle, as for Ingest: whoever writes the log may give any key.
    private static ReadOnlySpan<byte> VehicleIdOf(in MessageView message) =>
        message.Properties.TryGet(MessagePropertyNames.MqttSecondTopic, out var topic) && topic.Length > 1 && topic[0] == (byte)'/' && VehicleId.IsValid(topic[1..])
            ? topic[1..]
            : default;

    private bool TryDecode(in MessageView message, out LiveSample sample)
    {
        sample = default;
        message.Properties.TryGet(MessagePropertyNames.Mqtt5ContentType, out var contentType);
        if (TelemetryCodec.Decode(message.Body, contentType, _telemetry).Reason != RejectReason.None)
        {
            Metrics.Undecodable(Queue.Topic);
            return false;
        }

        var storedAt = message.StoreTime * UnixTime.MicrosecondsPerMillisecond;
        var newest = -1;
        var samples = _telemetry.Samples;
        for (var i = 0; i < samples.Length; i++)
        {
            if (TelemetryAcceptance.JudgeTime(samples[i].DeviceTime, storedAt, longestAge) == RejectReason.None
                && (newest < 0 || TelemetryAcceptance.EffectiveTime(samples[i].DeviceTime, storedAt) >= TelemetryAcceptance.EffectiveTime(samples[newest].DeviceTime, storedAt)))
            {
                newest = i;
            }
        }

        if (newest < 0)
        {
            return false;
        }

        sample = new LiveSample
        {
            Time = samples[newest].DeviceTime,
            StoredAt = storedAt,
            QueueIndex = Queue.Index,
            Offset = message.Offset,
            Values = samples[newest].Values,
        };
        return true;
    }
}
