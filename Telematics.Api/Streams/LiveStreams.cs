using System.Collections.Concurrent;
using System.Security.Claims;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Telematics.Api.Authentication;

namespace Telematics.Api.Streams;

/// <summary>
/// The open live streams: no more than the limit, none beyond its caller's key, and none that holds up the end of the
/// process.
/// </summary>
internal sealed class LiveStreams(
    IOptions<ApiOptions> options,
    ApiKeyRing keys,
    IHostApplicationLifetime lifetime,
    ApiMetrics metrics,
    TimeProvider clock,
    ILogger<LiveStreams> logger) : BackgroundService
{
    // With the age of the key ring below a second from revoking to the end of the stream.
    private static readonly TimeSpan CheckInterval = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<LiveStream, byte> _streams = new();
    private int _count;

    /// <summary>Opens a stream; null when all are in use.</summary>
    public LiveStream? TryOpen(HttpContext context)
    {
        if (Interlocked.Increment(ref _count) > options.Value.MaxLiveStreams)
        {
            Interlocked.Decrement(ref _count);
            logger.StreamsInUse(options.Value.MaxLiveStreams);
            return null;
        }

        var stream = new LiveStream(this, context.User, context.RequestAborted, lifetime.ApplicationStopping);
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
            if (stream.KeyHash is { } hash && !await IsValidAsync(hash, cancellationToken))
            {
                logger.StreamEndedByRevocation(ApiCaller.NameOf(stream.Caller));
                stream.End();
            }
        }
    }

    // While the database does not answer nobody can be revoked in it either, so open streams go on and nothing new is let in.
    private async Task<bool> IsValidAsync(byte[] hash, CancellationToken cancellationToken)
    {
        try
        {
            return await keys.FindAsync(hash, cancellationToken) is not null;
        }
        catch (System.Data.Common.DbException exception)
        {
            logger.KeysUnreadable(exception);
            return true;
        }
    }
}

/// <summary>One open live stream.</summary>
internal sealed class LiveStream : IDisposable
{
    private readonly LiveStreams _streams;
    private readonly CancellationTokenSource _end;

    public LiveStream(LiveStreams streams, ClaimsPrincipal caller, CancellationToken aborted, CancellationToken stopping)
    {
        _streams = streams;
        Caller = caller;
        KeyHash = ApiCaller.KeyHashOf(caller);
        _end = CancellationTokenSource.CreateLinkedTokenSource(aborted, stopping);
    }

    /// <summary>Whose it is.</summary>
    public ClaimsPrincipal Caller { get; }

    /// <summary>Hash of the caller's key; null without authentication.</summary>
    public byte[]? KeyHash { get; }

    /// <summary>The stream has to end: the reader left, the key was revoked, or the process stops.</summary>
    public CancellationToken Ended => _end.Token;

    /// <summary>Ends it.</summary>
    public void End() => _end.Cancel();

    public void Dispose() => _streams.Close(this);
}
