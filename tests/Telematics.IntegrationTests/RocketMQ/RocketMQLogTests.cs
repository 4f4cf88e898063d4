using Telematics.Messaging;
using Telematics.Tests.Messaging;

namespace Telematics.IntegrationTests.RocketMQ;

/// <summary>What every message log must do, by a real RocketMQ.</summary>
public sealed class RocketMQLogTests : MessageLogCompliance
{
    private RunningLog? _running;

    protected override bool MayOverlap => true;

    protected override async ValueTask<IMessageLog> OpenAsync()
    {
        _running = await RunningLog.OpenAsync(
            await RocketMQServers.GetAsync(),
            options => options.QueueBudgetBytes = 4 << 20, // the suite looks at memory, which is this and what a pool of buffers keeps
            cancellationToken: Cancellation);
        return _running.Log;
    }

    protected override async ValueTask CleanUpAsync()
    {
        if (_running is not null)
        {
            await _running.DisposeAsync();
        }
    }
}
