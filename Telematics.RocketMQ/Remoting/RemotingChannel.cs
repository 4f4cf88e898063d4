namespace Telematics.RocketMQ.Remoting;

/// <summary>The way to one server: the connection there is, or the making of one; after a failure a pause that doubles.</summary>
internal sealed class RemotingChannel(string address, RemotingContext context, Action<string> connectionLost)
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly List<RemotingConnection> _open = [];
    private RemotingConnection? _current;
    private Task<RemotingConnection>? _connecting;
    private Exception? _lastFailure;
    private int _failures;
    private long _pauseEnds;
    private bool _isClosed;
    private int _opened;

    /// <summary>Connections that were opened so far.</summary>
    public int Opened => Volatile.Read(ref _opened);

    public ValueTask<RemotingResponse> RequestAsync(RemotingRequest request, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var deadline = context.Time.GetTimestamp() + (long)(timeout.TotalSeconds * context.Time.TimestampFrequency);
        var connection = Volatile.Read(ref _current);
        return connection is not null && connection.TryRequest(request, deadline, cancellationToken, out var answer)
            ? answer
            : ConnectAndRequestAsync(connection, request, deadline, cancellationToken);
    }

    /// <summary>Gives up the calls whose time is over, and connections that are of no use any more.</summary>
    public void Sweep(long now)
    {
        RemotingConnection[] open;
        lock (_gate)
        {
            open = [.. _open];
        }

        foreach (var connection in open)
        {
            connection.Sweep(now);
        }
    }

    public void Close()
    {
        RemotingConnection[] open;
        lock (_gate)
        {
            _isClosed = true;
            open = [.. _open];
        }

        foreach (var connection in open)
        {
            connection.Close(null);
        }
    }

    private async ValueTask<RemotingResponse> ConnectAndRequestAsync(RemotingConnection? connection, RemotingRequest request, long deadline, CancellationToken cancellationToken)
    {
        while (true)
        {
            var left = context.Time.GetElapsedTime(context.Time.GetTimestamp(), deadline);
            try
            {
                connection = await ConnectAsync(connection, cancellationToken).WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, context.Time, cancellationToken);
            }
            catch (TimeoutException fault)
            {
                throw new RemotingException(RemotingFault.CannotConnect, address, "no connection in time", fault);
            }

            if (connection.TryRequest(request, deadline, cancellationToken, out var answer))
            {
                return await answer;
            }
        }
    }

    // All who need the connection wait for the same attempt; who was late for it finds another one than that of no use to him.
    private Task<RemotingConnection> ConnectAsync(RemotingConnection? useless, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            if (_isClosed)
            {
                throw new RemotingException(RemotingFault.Closed, address, "the client was closed");
            }

            if (_current is { } current && current != useless)
            {
                return Task.FromResult(current);
            }

            if (_connecting is null && _failures > 0 && context.Time.GetTimestamp() < _pauseEnds)
            {
                throw new RemotingException(RemotingFault.CannotConnect, address, _lastFailure!.Message, _lastFailure);
            }

            return _connecting ??= Task.Run(OpenAsync, CancellationToken.None);
        }
    }

    private async Task<RemotingConnection> OpenAsync()
    {
        RemotingConnection connection;
        try
        {
            using var timeout = new CancellationTokenSource(context.ConnectTimeout, context.Time);
            try
            {
                connection = new(await context.Connector.ConnectAsync(address, timeout.Token), address, context, OnClosed);
            }
            catch (OperationCanceledException fault)
            {
                throw new TimeoutException($"no connection within {context.ConnectTimeout.TotalMilliseconds:F0} ms", fault);
            }
        }
        catch (Exception fault)
        {
            // Whatever it is (a name that is no host's, a certificate's key that cannot be used): the next attempt is a new one.
            context.Metrics.ConnectFailed();
            lock (_gate)
            {
                if (_failures == 0)
                {
                    context.Logger.LogConnectFailed(address, fault.Message);
                }

                Pause(fault);
                _connecting = null;
            }

            throw new RemotingException(RemotingFault.CannotConnect, address, fault.Message, fault);
        }

        lock (_gate)
        {
            _connecting = null;
            _open.Add(connection);
            _opened++;
            _current = connection;
            if (_isClosed)
            {
                _ = Task.Run(() => connection.Close(null), CancellationToken.None);
            }
        }

        context.Metrics.Connected();
        context.Logger.LogConnected(address);

        connection.Start();
        return connection;
    }

    private void OnClosed(RemotingConnection connection, Exception? fault)
    {
        lock (_gate)
        {
            _open.Remove(connection);
            if (_current == connection)
            {
                _current = null;
            }

            if (connection.HasAnswered)
            {
                _failures = 0;
            }
            else if (fault is not null)
            {
                // Closed before the first answer (no TLS where it is enforced, a port that is not RocketMQ's): as if never connected.
                Pause(fault);
            }
        }

        context.Metrics.Disconnected(fault is not null);
        if (fault is not null)
        {
            context.Logger.LogConnectionLost(address, fault.Message);
            try
            {
                connectionLost(address);
            }
            catch (Exception listenerFault)
            {
                context.Logger.LogListenerFailed(address, listenerFault);
            }
        }
    }

    // Under the lock.
    private void Pause(Exception fault)
    {
        var pause = Math.Min(ShortestPause.TotalSeconds * Math.Pow(2, Math.Min(_failures, 10)), LongestPause.TotalSeconds) * (0.5 + (Random.Shared.NextDouble() / 2));
        _failures++;
        _lastFailure = fault;
        _pauseEnds = context.Time.GetTimestamp() + (long)(pause * context.Time.TimestampFrequency);
    }
}
