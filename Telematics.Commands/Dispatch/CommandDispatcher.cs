using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Telematics.Contracts;
using Telematics.Messaging;
using Telematics.Storage;

namespace Telematics.Commands.Dispatch;

/// <summary>
/// The role's two clocks: the dispatcher (releases, claims, appends, withdrawals, in one loop because their order matters
/// to gateways), and the sweep of what runs out, which must go on while an append waits for the log.
/// </summary>
internal sealed class CommandDispatcher(
    BroadcastRelease broadcasts,
    DirectedDispatch directed,
    CancelSweep cancels,
    ExpirySweep expiry,
    TimeoutSweep timeouts,
    RestingOrders resting,
    DispatchWake wake,
    IMessageLog log,
    ITelematicsDatabase database,
    IOptions<CommandsOptions> options,
    TimeProvider clock,
    ILogger<CommandDispatcher> logger) : BackgroundService
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RecheckInterval = TimeSpan.FromMinutes(1);
    private long _lastRecheck;
    private readonly TimeSpan _poll = TimeSpan.FromMilliseconds(options.Value.PollMilliseconds);

    /// <summary>One round of the dispatcher.</summary>
    /// <returns>Whether there is more to do at once.</returns>
    public async Task<bool> DispatchAsync(CancellationToken cancellationToken)
    {
        await cancels.RunAsync(cancellationToken);
        await broadcasts.RunAsync(cancellationToken);
        return await directed.RunAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        new RoleLoop("The dispatcher of commands", database, clock, logger).RunAsync(
            token => log.DeclareTopicAsync(new TopicDeclaration(TopicNames.Command), token),
            DispatchAsync,
            token => wake.WaitAsync(_poll, clock, token),
            stoppingToken),
        new RoleLoop("The sweep of deadlines", database, clock, logger).RunAsync(
            DeclareUplinkAsync,
            SweepAsync,
            token => Task.Delay(SweepInterval, clock, token),
            stoppingToken));

    private async ValueTask DeclareUplinkAsync(CancellationToken cancellationToken)
    {
        await log.DeclareTopicAsync(new TopicDeclaration(TopicNames.CommandReceipt), cancellationToken);
        await log.DeclareTopicAsync(new TopicDeclaration(TopicNames.CommandResult), cancellationToken);
    }

    private async Task<bool> SweepAsync(CancellationToken cancellationToken)
    {
        await expiry.RunAsync(cancellationToken);
        await timeouts.RunAsync(cancellationToken);
        if (_lastRecheck == 0 || clock.GetElapsedTime(_lastRecheck) >= RecheckInterval)
        {
            if (await resting.RecheckAsync(cancellationToken))
            {
                wake.Wake();
            }

            _lastRecheck = clock.GetTimestamp();
        }

        return false;
    }
}
