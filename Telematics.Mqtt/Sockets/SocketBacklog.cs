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

    public bool IsEmpty => _input is null && _output is null;

    public void KeepInput(ReadOnlySpan<byte> bytes)
    {
        var buffer = _input is not null && _input.Length >= bytes.Length ? _input : ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(buffer); // perhaps from itself, which CopyTo allows
        if (buffer != _input)
        {
            DropInput();
            _input = buffer;
        }

        _inputLength = bytes.Length;
    }

    public void DropInput()
    {
        if (_input is not null)
        {
            ArrayPool<byte>.Shared.Return(_input);
            _input = null;
            _inputLength = 0;
        }
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
