using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Telematics.Contracts;
using Telematics.Messaging;
using Telematics.Storage;

namespace Telematics.Commands.Presence;

/// <summary>Looks after gateway instances once a second.</summary>
internal sealed class PresenceService(
    InstanceWatch watch,
    IMessageLog log,
    ITelematicsDatabase database,
    TimeProvider clock,
    ILogger<PresenceService> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        new RoleLoop("The watch over gateway instances", database, clock, logger).RunAsync(
            token => log.DeclareTopicAsync(new TopicDeclaration(TopicNames.VehicleEvent), token),
            async token =>
            {
                await watch.LookAsync(token);
                return false;
            },
            token => Task.Delay(Interval, clock, token),
            stoppingToken);
}
