using Microsoft.Extensions.Logging;
using Telematics.Messaging;
using Telematics.Storage;

namespace Telematics.Commands;

/// <summary>
/// A loop that outlives an absent database or log: it waits with growing pauses and says so once. Anything else is a bug,
/// and ends the role.
/// </summary>
internal sealed class RoleLoop(string name, ITelematicsDatabase database, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(5);

    /// <summary>Works until asked to stop.</summary>
    /// <param name="prepare">What must have succeeded once before the first round.</param>
    /// <param name="work">One round; true = there is more to do at once.</param>
    /// <param name="rest">Waits for the next round.</param>
    /// <param name="stoppingToken">Asks to stop.</param>
    public async Task RunAsync(Func<CancellationToken, ValueTask> prepare, Func<CancellationToken, Task<bool>> work, Func<CancellationToken, Task> rest, CancellationToken stoppingToken)
    {
        var pause = TimeSpan.Zero;
        var isPrepared = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!isPrepared)
                {
                    await prepare(stoppingToken);
                    isPrepared = true;
                }

                var hasMore = await work(stoppingToken);
                if (pause > TimeSpan.Zero)
                {
                    pause = TimeSpan.Zero;
                    logger.LoopWorksAgain(name);
                }

                if (!hasMore)
                {
                    await rest(stoppingToken);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (IsAbsence(exception))
            {
                if (pause == TimeSpan.Zero)
                {
                    logger.LoopWaits(name, exception.Message);
                }

                pause = TimeSpan.FromMilliseconds(Math.Clamp(pause.TotalMilliseconds * 2, 200, MaxPause.TotalMilliseconds));
                await Task.Delay(pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private bool IsAbsence(Exception exception) => exception is MessageLogException or TimeoutException || database.IsUnavailable(exception);
}
