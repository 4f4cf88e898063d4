using System.Net;
using System.Net.Sockets;

namespace Telematics.Simulator.Transport;

/// <summary>
/// One socket of a <see cref="SocketTransport"/>. Completions run on any thread and only post; all else is the worker's.
/// The event arguments are left to the collector: an operation may be using them when the socket is closed.
/// </summary>
internal sealed class Connection
{
    private readonly SocketTransport _transport;
    private readonly SocketAsyncEventArgs _receive = new();
    private SocketAsyncEventArgs? _send;
    private byte[] _kept = [];
    private int _keptLength;
    private byte[] _unconsumed = [];
    private int _unconsumedLength;
    private volatile bool _isClosed;
    private bool _isReceiving;

    public Connection(SocketTransport transport, int slot, Socket socket)
    {
        _transport = transport;
        Slot = slot;
        Socket = socket;
        _receive.Completed += OnReceiveCompleted;
    }

    public int Slot { get; }

    public Socket Socket { get; }

    /// <summary>Why the connection is no good any more.</summary>
    public SocketError Fault { get; private set; }

    /// <summary>Whether earlier bytes still wait for the system to take them.</summary>
    public bool IsSending { get; private set; }

    public void BeginConnect(IPEndPoint endPoint)
    {
        _receive.RemoteEndPoint = endPoint;
        if (!Socket.ConnectAsync(_receive))
        {
            OnReceiveCompleted(Socket, _receive);
        }
    }

    /// <summary>Waits, without a buffer, until there is something to read.</summary>
    public void AwaitBytes()
    {
        _isReceiving = true;
        if (!Socket.ReceiveAsync(_receive))
        {
            OnReceiveCompleted(Socket, _receive);
        }
    }

    /// <summary>Sends bytes behind those that wait.</summary>
    public void SendLater(ReadOnlySpan<byte> bytes)
    {
        if (_kept.Length - _keptLength < bytes.Length)
        {
            Array.Resize(ref _kept, Math.Max(4_096, (_keptLength + bytes.Length) * 2));
        }

        bytes.CopyTo(_kept.AsSpan(_keptLength));
        _keptLength += bytes.Length;
        SendKept();
    }

    /// <summary>The send that waited is over.</summary>
    public void OnWritable()
    {
        IsSending = false;
        if (_send!.SocketError != SocketError.Success)
        {
            Fail(_send.SocketError);
            return;
        }

        var rest = _send.Count - _send.BytesTransferred;
        if (rest > 0)
        {
            _send.SetBuffer(_send.Offset + _send.BytesTransferred, rest);
            BeginSend();
            return;
        }

        _send.SetBuffer(null, 0, 0);
        SendKept();
    }

    public void Fail(SocketError error)
    {
        Fault = error;
        _transport.Post(this, SocketSignal.Closed);
    }

    /// <summary>Hands on what came, behind what was not consumed before.</summary>
    public void HandIn(ReadOnlySpan<byte> bytes, ITransportEvents events)
    {
        if (_unconsumedLength > 0)
        {
            var length = _unconsumedLength + bytes.Length;
            if (_unconsumed.Length < length)
            {
                Array.Resize(ref _unconsumed, length);
            }

            bytes.CopyTo(_unconsumed.AsSpan(_unconsumedLength));
            bytes = _unconsumed.AsSpan(0, length);
        }

        var rest = bytes[events.OnReceived(Slot, bytes)..];
        if (rest.IsEmpty)
        {
            _unconsumed = [];
        }
        else
        {
            // The rest may lie in the buffer itself; CopyTo knows what to do when they overlap.
            var buffer = _unconsumed.Length >= rest.Length ? _unconsumed : new byte[Math.Max(rest.Length, 1_024)];
            rest.CopyTo(buffer);
            _unconsumed = buffer;
        }

        _unconsumedLength = rest.Length;
    }

    /// <summary>Closes: at once with a reset, or with a FIN, and then when the peer has closed too, which ends the receive.</summary>
    public void Close(bool abort)
    {
        _isClosed = true;
        if (abort || !_isReceiving)
        {
            Socket.Close(timeout: 0);
            return;
        }

        try
        {
            Socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            Socket.Close(timeout: 0); // the peer was faster
        }
    }

    private void SendKept()
    {
        if (IsSending || _keptLength == 0)
        {
            return;
        }

        if (_send is null)
        {
            _send = new SocketAsyncEventArgs();
            _send.Completed += OnSendCompleted;
        }

        _send.SetBuffer(_kept, 0, _keptLength);
        _kept = [];
        _keptLength = 0;
        BeginSend();
    }

    private void BeginSend()
    {
        IsSending = true;
        if (!Socket.SendAsync(_send!))
        {
            OnSendCompleted(Socket, _send!);
        }
    }

    private void OnReceiveCompleted(object? sender, SocketAsyncEventArgs e)
    {
        if (_isClosed)
        {
            Socket.Close(timeout: 0);
            return;
        }

        if (e.LastOperation != SocketAsyncOperation.Connect)
        {
            // An error shows itself again when the worker reads.
            _transport.Post(this, SocketSignal.Readable);
        }
        else if (e.SocketError == SocketError.Success)
        {
            _transport.Post(this, SocketSignal.Connected);
        }
        else
        {
            Fail(e.SocketError);
        }
    }

    private void OnSendCompleted(object? sender, SocketAsyncEventArgs e)
    {
        if (!_isClosed)
        {
            _transport.Post(this, SocketSignal.Writable);
        }
    }
}
