using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using Telematics.RocketMQ.Remoting;

namespace Telematics.Tests.RocketMQ;

/// <summary>
/// A name server or broker in the test's process, on the real wire, for faults that a real one does not show on demand.
/// Requests with a script (<see cref="On"/>) are answered by it; the others wait in <see cref="NextAsync"/>.
/// </summary>
internal sealed class FakePeer : IAsyncDisposable
{
    private readonly ConcurrentDictionary<RequestCode, Func<FakeRequest, FakeAnswer?>> _scripts = new();
    private readonly ConcurrentQueue<FakeRequest> _received = new();
    private readonly Channel<FakeRequest> _unanswered = Channel.CreateUnbounded<FakeRequest>();
    private readonly ConcurrentDictionary<FakeConnection, Task> _connections = new();
    private readonly SslStreamCertificateContext? _certificate;
    private readonly int _port;
    private Socket? _listener;
    private int _connectionCount;

    /// <param name="certificate">With one, the peer speaks TLS only.</param>
    public FakePeer(SslStreamCertificateContext? certificate = null)
    {
        _certificate = certificate;
        Listen();
        _port = ((IPEndPoint)_listener!.LocalEndPoint!).Port;
    }

    public string Address => $"127.0.0.1:{_port}";

    /// <summary>Every request so far, in the order of arrival.</summary>
    public IReadOnlyList<FakeRequest> Received => [.. _received];

    /// <summary>How many connections were ever made.</summary>
    public int ConnectionCount => Volatile.Read(ref _connectionCount);

    /// <summary>Answers requests of this code; an answer of null is a lost one. A later script replaces an earlier one.</summary>
    public FakePeer On(RequestCode code, Func<FakeRequest, FakeAnswer?> script)
    {
        _scripts[code] = script;
        return this;
    }

    /// <summary>As a name server: knows a topic, on these brokers.</summary>
    public FakePeer ServeRoute(string topic, int queues, params (string BrokerName, string? Address)[] brokers)
    {
        var known = _scripts.TryGetValue(RequestCode.GetRouteInfoByTopic, out var before) ? before : _ => new(ResponseCode.TopicNotExist);
        return On(RequestCode.GetRouteInfoByTopic, request => request["topic"] == topic ? FakeAnswer.Success with { Body = Route(queues, brokers) } : known(request));
    }

    /// <summary>The next request without a script.</summary>
    public async Task<FakeRequest> NextAsync(CancellationToken cancellationToken) =>
        await _unanswered.Reader.ReadAsync(cancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30), cancellationToken);

    /// <summary>Sends a frame of the server's own to every connected client.</summary>
    public async Task SendRequestAsync(int code, int opaque, bool oneWay, IReadOnlyDictionary<string, string> fields, byte[]? body = null)
    {
        foreach (var connection in _connections.Keys)
        {
            await connection.SendAsync(FakeConnection.Encode(code, opaque, oneWay ? 2 : 0, null, fields, body ?? []));
        }
    }

    /// <summary>Sends bytes, a frame or not, to every connected client.</summary>
    public async Task SendBytesAsync(byte[] bytes)
    {
        foreach (var connection in _connections.Keys)
        {
            await connection.SendAsync(bytes);
        }
    }

    public void CloseConnections()
    {
        foreach (var connection in _connections.Keys)
        {
            connection.Close();
        }
    }

    /// <summary>Nobody is at the address any more.</summary>
    public void Stop()
    {
        _listener?.Dispose();
        _listener = null;
        CloseConnections();
    }

    /// <summary>Listens again, at the same address.</summary>
    public void Restart() => Listen();

    public async ValueTask DisposeAsync()
    {
        Stop();
        await Task.WhenAll(_connections.Values);
    }

    public static byte[] Route(int queues, params (string BrokerName, string? Address)[] brokers) => Encoding.UTF8.GetBytes($$"""
        {"brokerDatas":[{{string.Join(',', brokers.Where(broker => broker.Address is not null).Select(broker => $$"""{"brokerAddrs":{"0":"{{broker.Address}}"},"brokerName":"{{broker.BrokerName}}","cluster":"fake","enableActingMaster":false}"""))}}],
        "filterServerTable":{},
        "queueDatas":[{{string.Join(',', brokers.Select(broker => $$"""{"brokerName":"{{broker.BrokerName}}","perm":6,"readQueueNums":{{queues}},"topicSysFlag":0,"writeQueueNums":{{queues}}}"""))}}]}
        """);

    private void Listen()
    {
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, _port));
        _listener.Listen();
        _ = AcceptAsync(_listener);
    }

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
            {
                var connection = new FakeConnection(await listener.AcceptAsync(), Interlocked.Increment(ref _connectionCount), _certificate);
                _connections[connection] = Task.CompletedTask;
                _connections[connection] = RunAsync(connection);
            }
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task RunAsync(FakeConnection connection)
    {
        await connection.RunAsync(Receive);
        _connections.TryRemove(connection, out _);
    }

    private void Receive(FakeRequest request)
    {
        _received.Enqueue(request);
        if ((request.Flag & 1) != 0 || !_scripts.TryGetValue(request.Request, out var script))
        {
            _unanswered.Writer.TryWrite(request);
        }
        else if (script(request) is { } answer && (request.Flag & 2) == 0)
        {
            _ = request.AnswerAsync(answer);
        }
    }
}
