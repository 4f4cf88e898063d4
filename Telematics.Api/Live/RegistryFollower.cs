using System.Text;

namespace Telematics.Api.Live;

/// <summary>Follows <c>registry_change</c> once a second, at once when this process changed something.</summary>
internal sealed class RegistryFollower(LiveView view, ILiveSnapshotSource source, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private TaskCompletionSource _wake = NewWake();

    /// <summary>Looks at once.</summary>
    public void Wake() => Volatile.Read(ref _wake).TrySetResult();

    /// <summary>Follows changes from a number on.</summary>
    public async Task RunAsync(long after, CancellationToken cancellationToken)
    {
        var hasFailed = false;
        while (true)
        {
            var wake = NewWake();
            Volatile.Write(ref _wake, wake);
            try
            {
                after = await ReadAsync(after, cancellationToken);
                hasFailed = false;
            }
            catch (Exception e) when (source.IsUnavailable(e))
            {
                if (!hasFailed)
                {
                    logger.RegistryUnavailable(e);
                }

                hasFailed = true;
            }

            await Task.WhenAny(wake.Task, Task.Delay(Interval, clock, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private async Task<long> ReadAsync(long after, CancellationToken cancellationToken)
    {
        while (await source.GetChangesAsync(after, cancellationToken) is { Count: > 0 } changes)
        {
            view.TryUse(changes, static (state, changes) =>
            {
                foreach (var change in changes)
                {
                    state.ApplyRegistryChange(change.Number, Encoding.ASCII.GetBytes(change.VehicleId), change.IsRegistered);
                }
            });
            after = changes[^1].Number;
        }

        return after;
    }

    private static TaskCompletionSource NewWake() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
