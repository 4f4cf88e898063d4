using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Telematics.Api.Authentication;
using Telematics.Storage;

namespace Telematics.Api.Streams;

/// <summary>
/// The open live streams: no more than the limit, none beyond its caller's key, and none that holds up the end of the
/// process.
/// </summary>
internal sealed class LiveStreams(
    IOptions<ApiOptions> options,
    ApiKeyRing keys,
    ITelematicsDatabase database,
    IHostApplicationLifetime lifetime,
    ApiMetrics metrics,
    TimeProvider clock,
    ILogger<LiveStreams> logger) : BackgroundService
{
    // With the age of the key ring below a second from revoking to the end of the stream.
    private static readonly TimeSpan CheckInterval = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<LiveStream, byte> _streams = new();
    private int _count;
    private bool _isUnreadable;

    /// <summary>Opens a stream; null when all are in use.</summary>
    public LiveStream? TryOpen(HttpContext context)
    {
        if (Interlocked.Increment(ref _count) > options.Value.MaxLiveStreams)
        {
            Interlocked.Decrement(ref _count);
            logger.StreamsInUse(options.Value.MaxLiveStreams);
            return null;
        }

        var stream = new LiveStream(this, context, lifetime.ApplicationStopping);
        _streams.TryAdd(stream, 0);
        metrics.StreamOpened();
        return stream;
    }

    /// <summary>Takes a stream off the list, once.</summary>
    public void Close(LiveStream stream)
    {
        if (_streams.TryRemove(stream, out _))
        {
            Interlocked.Decrement(ref _count);
            metrics.StreamClosed();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(CheckInterval, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await EndRevokedAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process stops.
        }
    }

    private async Task EndRevokedAsync(CancellationToken cancellationToken)
    {
        foreach (var stream in _streams.Keys)
        {
            if (stream.KeyHash is { } hash && !await IsValidAsync(hash, cancellationToken) && stream.End())
            {
                logger.StreamEndedByRevocation(ApiCaller.NameOf(stream.Caller));
            }
        }
    }

    // While the database does not answer nobody can be revoked in it either, so open streams go on and nothing new is let in.
    private async Task<bool> IsValidAsync(byte[] hash, CancellationToken cancellationToken)
    {
        try
        {
            var isValid = await keys.FindAsync(hash, cancellationToken) is not null;
            _isUnreadable = false;
            return isValid;
        }
        catch (Exception exception) when (database.IsUnavailable(exception))
        {
            if (!_isUnreadable)
            {
                logger.KeysUnreadable(exception);
                _isUnreadable = true;
            }

            return true;
        }
    }
}
