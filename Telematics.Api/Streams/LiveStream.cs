using System.Security.Claims;
using Telematics.Api.Authentication;

namespace Telematics.Api.Streams;

/// <summary>One open live stream.</summary>
internal sealed class LiveStream(LiveStreams streams, HttpContext context, CancellationToken stopping) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
    private bool _isEnding;
    private bool _isDisposed;

    /// <summary>Whose it is.</summary>
    public ClaimsPrincipal Caller { get; } = context.User;

    /// <summary>Hash of the caller's key; null without authentication.</summary>
    public byte[]? KeyHash { get; } = ApiCaller.KeyHashOf(context.User);

    /// <summary>The stream has to end: the reader left, the key was revoked, or the process stops.</summary>
    public CancellationToken Ended => _end.Token;

    /// <summary>Ends it; asked again, cuts the connection of a reader that does not take what is being written. True the first time.</summary>
    public bool End()
    {
        lock (_lock)
        {
            if (_isDisposed)
            {
                return false;
            }

            if (_isEnding)
            {
                context.Abort();
                return false;
            }

            _isEnding = true;
            _end.Cancel();
            return true;
        }
    }

    public void Dispose()
    {
        streams.Close(this);
        lock (_lock)
        {
            if (!_isDisposed)
            {
                _isDisposed = true;
                _end.Dispose();
            }
        }
    }
}
