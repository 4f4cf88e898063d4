using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Telematics.Api.Exports;

/// <summary>The exports under way: no more than the limit, and none that holds up the end of the process.</summary>
internal sealed class ExportSlots(IOptions<ApiOptions> options, IHostApplicationLifetime lifetime, ApiMetrics metrics, ILogger<ExportSlots> logger)
{
    private int _count;

    /// <summary>The process stops.</summary>
    public CancellationToken Stopping => lifetime.ApplicationStopping;

    /// <summary>Takes a place, given back when disposed; null when all are in use.</summary>
    public IDisposable? TryTake()
    {
        if (Interlocked.Increment(ref _count) > options.Value.MaxExports)
        {
            Interlocked.Decrement(ref _count);
            logger.ExportsInUse(options.Value.MaxExports);
            return null;
        }

        metrics.ExportBegan();
        return new Slot(this);
    }

    private void Return()
    {
        Interlocked.Decrement(ref _count);
        metrics.ExportEnded();
    }

    private sealed class Slot(ExportSlots slots) : IDisposable
    {
        private int _isReturned;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isReturned, 1) == 0)
            {
                slots.Return();
            }
        }
    }
}
