using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Telematics.RocketMQ.Remoting;

/// <summary>
/// Requests to name servers and brokers: one connection to each address, opened when it is needed, with any number of
/// requests under way. After a failure to connect, requests fail at once until a short pause is over.
/// </summary>
internal sealed class RemotingClient : IAsyncDisposable
{
    // How late a deadline may be noticed.
    private static readonly TimeSpan SweepInterval = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<string, RemotingChannel> _channels = new(StringComparer.Ordinal);
    private readonly RemotingContext _context;
    private readonly ITimer _sweep;
    private volatile bool _isClosed;

    public RemotingClient(IOptions<RocketMQOptions> options, TimeProvider time, ILogger<RemotingClient> logger, RemotingMetrics metrics)
    {
        _context = new(options.Value, time, logger, metrics);
        _sweep = time.CreateTimer(static state => ((RemotingClient)state!).Sweep(), this, SweepInterval, SweepInterval);
    }

    /// <summary>The connection to this address broke. Called on a thread that must not be held.</summary>
    public event Action<string>? ConnectionLost;

    /// <summary>Sends a request and waits for its answer, whatever its code.</summary>
    /// <param name="address">The server's <c>host:port</c>.</param>
    /// <param name="request">Not to be touched before this ends.</param>
    /// <param name="timeout">For connecting, sending and the answer together.</param>
    /// <param name="cancellationToken">Ends the wait; the request may be executed all the same.</param>
    /// <returns>
    /// The answer; the caller disposes it. <see cref="ResponseCode.GoAway"/>: it was not executed; the next request to this
    /// address uses a new connection.
    /// </returns>
    /// <exception cref="RemotingException">There is no answer.</exception>
    /// <exception cref="ArgumentException">The request is longer than a server takes.</exception>
    public ValueTask<RemotingResponse> RequestAsync(string address, RemotingRequest request, TimeSpan timeout, CancellationToken cancellationToken) =>
        Channel(address).RequestAsync(request, timeout, cancellationToken);

    /// <summary>How many connections to an address there have been: while it stays the same, it is the same server process that answers.</summary>
    public int CountConnections(string address) => _channels.TryGetValue(address, out var channel) ? channel.Opened : 0;

    /// <summary>
    /// Who takes a server's requests of this code: called with the server's address on the connection's reader, so it must
    /// not block; the request is valid during the call only. Requests without a taker are answered with "not supported".
    /// </summary>
    public void OnRequest(RequestCode code, Action<string, RemotingResponse> handler)
    {
        if (!_context.Handlers.TryAdd(code, handler))
        {
            throw new InvalidOperationException($"Requests {code} of servers have a taker already.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _isClosed = true;
        await _sweep.DisposeAsync();
        foreach (var channel in _channels.Values)
        {
            channel.Close();
        }
    }

    private RemotingChannel Channel(string address)
    {
        if (_channels.TryGetValue(address, out var channel))
        {
            return channel;
        }

        if (_isClosed)
        {
            throw new RemotingException(RemotingFault.Closed, address, "the client was closed");
        }

        channel = _channels.GetOrAdd(address, address => new(address, _context, address => ConnectionLost?.Invoke(address)));
        if (_isClosed)
        {
            channel.Close(); // closing may have missed it
        }

        return channel;
    }

    private void Sweep()
    {
        var now = _context.Time.GetTimestamp();
        foreach (var (_, channel) in _channels)
        {
            channel.Sweep(now);
        }
    }
}
