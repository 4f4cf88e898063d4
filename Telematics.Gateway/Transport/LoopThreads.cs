using System.Net;
using System.Net.Sockets;
using Telematics.Contracts;
using Telematics.Gateway.Sessions;

namespace Telematics.Gateway.Transport;

/// <summary>
/// The gateway's loops. Those on epoll share the port of plain MQTT and become more when they are nearly full, so that a
/// small fleet has few threads; those on Kestrel begin with the first connection that comes that way (TLS, WebSocket).
/// </summary>
internal sealed class LoopThreads(GatewayShared shared)
{
    private readonly Lock _gate = new();
    private readonly List<EpollThread> _epoll = [];
    private readonly TaskCompletionSource _fault = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile KestrelThread[] _kestrel = [];
    private bool _isClosing;
    private bool _isGrowthRefused;
    private int _nextKestrel;

    /// <summary>Where plain MQTT listens on epoll; null while it does not.</summary>
    public IPEndPoint? EndPoint { get; private set; }

    /// <summary>Faults when a thread dies.</summary>
    public Task Fault => _fault.Task;

    /// <summary>Starts loops on epoll and listens with them.</summary>
    /// <exception cref="StartupException">The address cannot be had.</exception>
    public async Task ListenAsync(IPEndPoint address)
    {
        for (var i = 0; i < shared.Options.LoopCount; i++)
        {
            var thread = AddEpoll();
            try
            {
                EndPoint = await thread.ListenAsync(EndPoint ?? address);
            }
            catch (InvalidOperationException exception)
            {
                throw new StartupException($"{GatewayOptions.SectionName}:{nameof(GatewayOptions.Transport)}: the event loop cannot start: {exception.Message} {nameof(GatewayTransport.Kestrel)} does without it.", exception);
            }
            catch (SocketException exception)
            {
                throw new StartupException(
                    $"{GatewayOptions.SectionName}:{nameof(GatewayOptions.Port)}: cannot listen on {EndPoint ?? address}: {exception.Message}. Stop what listens there, or set another port (--{GatewayOptions.SectionName}:{nameof(GatewayOptions.Port)}=…).",
                    exception);
            }
        }

        shared.Logger.Listening(EndPoint!.ToString(), "mqtt");
    }

    /// <summary>A loop for the next connection of Kestrel; null when the gateway stops.</summary>
    public KestrelThread? NextKestrel()
    {
        var threads = _kestrel;
        if (threads.Length == 0)
        {
            threads = StartKestrel();
        }

        return threads.Length == 0 ? null : threads[(int)((uint)Interlocked.Increment(ref _nextKestrel) % (uint)threads.Length)];
    }

    /// <summary>Listens no more on epoll, and starts no further loop.</summary>
    public void StopListening()
    {
        lock (_gate)
        {
            _isClosing = true;
            _epoll.ForEach(thread => thread.StopListening());
        }
    }

    /// <summary>Stops all threads.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _isClosing = true;
            foreach (var thread in _epoll.Concat<LoopThread>(_kestrel))
            {
                thread.Stop();
            }

            _kestrel = [];
        }
    }

    private EpollThread AddEpoll()
    {
        lock (_gate)
        {
            var thread = Add(index => new EpollThread(index, shared, OnNearlyFull));
            _epoll.Add(thread);
            return thread;
        }
    }

    private KestrelThread[] StartKestrel()
    {
        lock (_gate)
        {
            if (_kestrel.Length == 0 && !_isClosing)
            {
                _kestrel = [.. Enumerable.Range(0, shared.Options.LoopCount).Select(_ => Add(index => new KestrelThread(index, shared)))];
            }

            return _kestrel;
        }
    }

    private T Add<T>(Func<int, T> make)
        where T : LoopThread
    {
        var thread = shared.AddLoop(make, static thread => thread.Loop);
        thread.Completion.ContinueWith(ended => _fault.TrySetException(ended.Exception!.InnerExceptions), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        thread.Start();
        return thread;
    }

    /// <summary>
    /// A loop has little room left: one more, if no other has more room, unless all together have room for every connection
    /// there may be. It is asked for again each second, so what fails here is tried again.
    /// </summary>
    private void OnNearlyFull()
    {
        lock (_gate)
        {
            if (_isClosing || EndPoint is null || !_epoll.TrueForAll(static thread => thread.IsNearlyFull)
                || _epoll.Sum(static thread => (long)thread.Limit) >= shared.Options.MaxConnections)
            {
                return;
            }

            try
            {
                AddEpoll().Join(EndPoint);
                _isGrowthRefused = false;
            }
            catch (InvalidOperationException exception)
            {
                if (!_isGrowthRefused)
                {
                    _isGrowthRefused = true;
                    shared.Logger.NoFurtherLoop(exception, _epoll.Count);
                }
            }
        }
    }
}
