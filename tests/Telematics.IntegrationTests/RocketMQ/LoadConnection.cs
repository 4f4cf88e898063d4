using System.Buffers;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Unicode;
using Telematics.Mqtt;
using Telematics.Mqtt.Packets;
using Xunit;

namespace Telematics.IntegrationTests.RocketMQ;

/// <summary>
/// One MQTT connection that forwards the reports of its cars, in turn and as fast as a window of unacknowledged ones allows.
/// What was not acknowledged when it broke off goes first over the next one, to the next gateway, with its number.
/// </summary>
internal sealed class LoadConnection
{
    // Of all its cars together: each has far fewer than 32 under way, so that the server can judge every repeat.
    private const int Window = 512;

    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(100);

    private readonly Queue<Report> _unacknowledged = new();
    private readonly ArrayBufferWriter<byte> _output = new(64 << 10);
    private readonly byte[] _input = new byte[16 << 10];
    private readonly string _clientId;
    private readonly IReadOnlyList<int> _ports;
    private readonly IReadOnlyList<string> _cars;
    private readonly long[] _sent;
    private readonly bool _isNumbered;
    private readonly DateTime _start;
    private readonly Task _running;
    private readonly CancellationToken _cancel;
    private volatile bool _isStopping;
    private long _acknowledged;
    private int _connects;
    private ushort _packetId;
    private int _next;

    /// <param name="clientId">Its client identifier.</param>
    /// <param name="ports">Of the gateways, the first one first.</param>
    /// <param name="cars">Whose reports it sends; nobody else does.</param>
    /// <param name="isNumbered">Whether reports have <c>boot</c> and <c>seq</c>.</param>
    /// <param name="start">The device time of the reports of number 0; each next one is 1 ms later.</param>
    /// <param name="cancel">Ends everything.</param>
    public LoadConnection(string clientId, IReadOnlyList<int> ports, IReadOnlyList<string> cars, bool isNumbered, DateTime start, CancellationToken cancel)
    {
        _clientId = clientId;
        _ports = ports;
        _cars = cars;
        _sent = new long[cars.Count];
        _isNumbered = isNumbered;
        _start = start;
        _cancel = cancel;
        _running = Task.Run(RunAsync, CancellationToken.None);
    }

    /// <summary>Reports acknowledged so far.</summary>
    public long Acknowledged => Volatile.Read(ref _acknowledged);

    /// <summary>How often it connected.</summary>
    public int Connects => Volatile.Read(ref _connects);

    /// <summary>Sends nothing new, and ends when everything is acknowledged; answers each car's number of reports.</summary>
    public async Task<IEnumerable<(string Car, long Reports)>> StopAsync()
    {
        _isStopping = true;
        await _running;
        return _cars.Select((car, index) => (car, _sent[index]));
    }

    private async Task RunAsync()
    {
        for (var attempt = 0; !(_isStopping && _unacknowledged.Count == 0); attempt++)
        {
            try
            {
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync("127.0.0.1", _ports[attempt % _ports.Count], _cancel);
                await ReportAsync(socket);
            }
            catch (SocketException)
            {
                await Task.Delay(PauseAfterFailure, _cancel); // the gateway is gone, or not there yet
            }
        }
    }

    private async Task ReportAsync(Socket socket)
    {
        _output.ResetWrittenCount();
        new ConnectPacket { Version = MqttProtocolVersion.V311, CleanStart = true, ClientId = Encoding.ASCII.GetBytes(_clientId) }.Write(_output);
        await SendAsync(socket);
        var (kept, isConnected) = (0, false);
        while (true)
        {
            kept += await socket.ReceiveAsync(_input.AsMemory(kept), _cancel) is > 0 and var received ? received : throw new SocketException((int)SocketError.ConnectionReset);
            var taken = 0;
            while (MqttFixedHeader.Read(_input.AsSpan(taken, kept - taken), _input.Length, out var header, out _) == MqttFrameStatus.Complete)
            {
                Take(header.Type, _input.AsSpan(taken + header.HeaderLength, header.BodyLength), ref isConnected);
                taken += header.PacketLength;
            }

            _input.AsSpan(taken, kept - taken).CopyTo(_input);
            kept -= taken;
            while (isConnected && !_isStopping && _unacknowledged.Count < Window)
            {
                var report = new Report(++_packetId == 0 ? ++_packetId : _packetId, _next, ++_sent[_next]);
                _next = (_next + 1) % _cars.Count;
                _unacknowledged.Enqueue(report);
                Write(report, isAgain: false);
            }

            if (_isStopping && _unacknowledged.Count == 0)
            {
                return;
            }

            await SendAsync(socket);
        }
    }

    private void Take(MqttPacketType type, ReadOnlySpan<byte> body, ref bool isConnected)
    {
        if (type == MqttPacketType.Connack && !isConnected)
        {
            Assert.True(ConnackPacket.TryParse(body, MqttProtocolVersion.V311, out var answer, out _) && answer.ReasonCode == MqttReasonCode.Success, $"{_clientId} was not let in: {Convert.ToHexString(body)}");
            isConnected = true;
            Interlocked.Increment(ref _connects);
            foreach (var report in _unacknowledged)
            {
                Write(report, isAgain: true);
            }

            return;
        }

        Assert.Equal(MqttPacketType.Puback, type);
        Assert.True(PubackPacket.TryParse(body, type, MqttProtocolVersion.V311, out var puback, out _));

        // In the order of the publishes [MQTT-4.6.0-2].
        Assert.Equal(_unacknowledged.Dequeue().PacketId, puback.PacketId);
        Interlocked.Increment(ref _acknowledged);
    }

    private void Write(Report report, bool isAgain)
    {
        var time = _start.AddMilliseconds(report.Number);
        Span<byte> payload = stackalloc byte[200];
        var isWritten = _isNumbered
            ? Utf8.TryWrite(payload, CultureInfo.InvariantCulture, $"{{\"time\":\"{time:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}\",\"boot\":1,\"seq\":{report.Number},\"Vehicle.Speed\":{report.Number % 200}}}", out var length)
            : Utf8.TryWrite(payload, CultureInfo.InvariantCulture, $"{{\"time\":\"{time:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}\",\"Vehicle.Speed\":{report.Number % 200}}}", out length);
        Assert.True(isWritten);
        new PublishPacket
        {
            Topic = Encoding.ASCII.GetBytes($"telemetry/{_cars[report.Car]}"),
            QualityOfService = QualityOfService.AtLeastOnce,
            Duplicate = isAgain,
            PacketId = report.PacketId,
            Payload = payload[..length],
        }.Write(_output, MqttProtocolVersion.V311);
    }

    private async Task SendAsync(Socket socket)
    {
        for (var rest = _output.WrittenMemory; rest.Length > 0;)
        {
            rest = rest[await socket.SendAsync(rest, _cancel)..];
        }

        _output.ResetWrittenCount();
    }

    private readonly record struct Report(ushort PacketId, int Car, long Number);
}
