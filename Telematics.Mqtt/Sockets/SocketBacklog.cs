using System.Buffers;

namespace Telematics.Mqtt.Sockets;

/// <summary>Bytes of a connection that wait: read and not consumed, or written and not taken by the socket.</summary>
internal sealed class SocketBacklog
{
    private byte[]? _input;
    private byte[]? _output;
    private int _inputLength;
    private int _outputStart;
    private int _outputEnd;

    /// <summary>What was read and not consumed.</summary>
    public ReadOnlySpan<byte> Input => _input.AsSpan(0, _inputLength);

    /// <summary>What the socket has not taken.</summary>
    public ReadOnlySpan<byte> Output => _output.AsSpan(_outputStart, _outputEnd - _outputStart);

    /// <summary>With how many bytes of input it is worth looking at them again.</summary>
    public int Needed { get; private set; }

    public bool IsEmpty => _input is null && _output is null;

    /// <summary>Keeps these bytes and no others.</summary>
    public void KeepInput(ReadOnlySpan<byte> bytes, int needed)
    {
        var buffer = _input is not null && _input.Length >= bytes.Length ? _input : ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(buffer); // perhaps from itself, which CopyTo allows
        if (buffer != _input)
        {
            DropInput();
            _input = buffer;
        }

        _inputLength = bytes.Length;
        Needed = needed;
    }

    /// <summary>Keeps further bytes behind those that are kept.</summary>
    public void AddInput(ReadOnlySpan<byte> bytes)
    {
        var length = _inputLength + bytes.Length;
        if (_input is null || _input.Length < length)
        {
            // Twice the room, so that a large packet in many pieces is not copied with each; not all that it needs, which its
            // client may only claim to send.
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(length, 2 * _inputLength));
            Input.CopyTo(larger);
            var needed = Needed;
            var kept = _inputLength;
            DropInput();
            (_input, _inputLength, Needed) = (larger, kept, needed);
        }

        bytes.CopyTo(_input.AsSpan(_inputLength));
        _inputLength = length;
    }

    public void DropInput()
    {
        if (_input is not null)
        {
            ArrayPool<byte>.Shared.Return(_input);
            _input = null;
            _inputLength = Needed = 0;
        }
    }

    /// <summary>Forgets everything.</summary>
    public void Drop()
    {
        DropInput();
        DropOutput();
    }

    public void AddOutput(ReadOnlySpan<byte> bytes)
    {
        var length = _outputEnd - _outputStart;
        if (_output is null || _output.Length - _outputEnd < bytes.Length)
        {
            // Twice the room, so that many small writes behind a socket that is full are not copied each time.
            var larger = ArrayPool<byte>.Shared.Rent(_output is null ? bytes.Length : 2 * (length + bytes.Length));
            Output.CopyTo(larger);
            DropOutput();
            _output = larger;
            _outputStart = 0;
            _outputEnd = length;
        }

        bytes.CopyTo(_output.AsSpan(_outputEnd));
        _outputEnd += bytes.Length;
    }

    /// <summary>The socket took the first bytes.</summary>
    public void Sent(int count)
    {
        _outputStart += count;
        if (_outputStart == _outputEnd)
        {
            DropOutput();
        }
    }

    public void DropOutput()
    {
        if (_output is not null)
        {
            ArrayPool<byte>.Shared.Return(_output);
            _output = null;
            _outputStart = _outputEnd = 0;
        }
    }
}
