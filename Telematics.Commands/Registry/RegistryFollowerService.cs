using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Telematics.Commands.Dispatch;
using Telematics.Contracts;
using Telematics.Messaging;
using Telematics.Storage;
using Telematics.Storage.Registry;

namespace Telematics.Commands.Registry;

/// <summary>Follows the registry: at once when it changes in this process, else by looking.</summary>
internal sealed class RegistryFollowerService(
    RegistryFollower follower,
    VehicleRegistry registry,
    IMessageLog log,
    ITelematicsDatabase database,
    IOptions<CommandsOptions> options,
    TimeProvider clock,
    ILogger<RegistryFollowerService> logger) : BackgroundService
{
    private readonly TimeSpan _poll = TimeSpan.FromMilliseconds(options.Value.PollMilliseconds);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var wake = new DispatchWake();
        registry.Changed += wake.Wake;
        try
        {
            await new RoleLoop("The follower of the registry", database, clock, logger).RunAsync(
                token => log.DeclareTopicAsync(new TopicDeclaration(TopicNames.Command), token),
                follower.FollowAsync,
                token => wake.WaitAsync(_poll, clock, token),
                stoppingToken);
        }
        finally
        {
            registry.Changed -= wake.Wake;
        }
    }
}
