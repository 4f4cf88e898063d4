using System.Text.Json;
using Telematics.Contracts;
using Telematics.Contracts.Presence;
using Telematics.Messaging;

namespace Telematics.Api.Live;

/// <summary>Follows one queue of <c>vehicle-event</c>.</summary>
internal sealed class VehicleEventFollower(LiveView view, IMessageLog log, MessageQueue queue, long offset, RepeatDetector repeats, LiveMetrics metrics, TimeProvider clock, ILogger logger)
    : LiveQueueFollower(log, queue, offset, repeats, metrics, clock, logger)
{
    private readonly List<(long Offset, VehicleEvent Event)> _events = [];

    protected override void Apply(MessageBatch batch, IReadOnlyList<bool> isRepeat, long nextOffset)
    {
        _events.Clear();
        for (var i = 0; i < batch.Count; i++)
        {
            var message = batch[i];
            if (isRepeat[i] || message.Tag.SequenceEqual("instanceBeat"u8) || message.Tag.SequenceEqual("disconnect"u8))
            {
                continue; // they change nobody's presence
            }

            try
            {
                if (JsonSerializer.Deserialize(message.Body, ContractsJson.Default.VehicleEvent) is { } vehicleEvent)
                {
                    _events.Add((message.Offset, vehicleEvent));
                }
            }
            catch (JsonException e)
            {
                Metrics.Undecodable(Queue.Topic);
                Logger.EventUnreadable(Queue, message.Offset, e.Message);
            }
        }

        view.TryUse((Follower: this, NextOffset: nextOffset), static (state, use) =>
        {
            foreach (var (offset, vehicleEvent) in use.Follower._events)
            {
                state.Apply(vehicleEvent, use.Follower.Queue.Index, offset);
            }

            state.Positions.Events[use.Follower.Queue.Index] = use.NextOffset;
        });
    }
}
