namespace Telematics.Host.Scheduling;

/// <summary>What an operator asked for, or what is to be planned, is not given up while the scheduler's storage does not answer.</summary>
internal static class SchedulerRetry
{
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(15);

    /// <summary>Does it until it succeeds.</summary>
    public static async Task<T> UntilDoneAsync<T>(string what, Func<CancellationToken, Task<T>> action, TimeProvider clock, ILogger logger, CancellationToken stoppingToken)
    {
        while (true)
        {
            try
            {
                return await action(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                logger.StorageUnavailable(exception, what, Delay.TotalSeconds);
                await Task.Delay(Delay, clock, stoppingToken);
            }
        }
    }
}
