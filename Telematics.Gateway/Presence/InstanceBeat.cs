using Microsoft.Extensions.Logging;
using Telematics.Contracts.Presence;
using Telematics.Messaging;

namespace Telematics.Gateway.Presence;

/// <summary>The instance's sign of life every 5 s. While the log has not stored the last one, no further one is made.</summary>
internal sealed class InstanceBeat(IMessageProducer producer, GatewayInstance instance, TimeProvider time, ILogger logger)
{
    /// <summary>Between two signs; Commands takes 15 s of silence for the end.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    /// <summary>Beats until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            var id = instance.Id;
            try
            {
                await producer.AppendInstanceEventAsync(VehicleEventType.InstanceBeat, id, time, cancellationToken: cancellationToken);
            }
            catch (MessageLogException exception)
            {
                logger.BeatFailed(exception, id);
            }
        }
    }
}
