using System.Buffers;
using System.Globalization;

namespace Telematics.RocketMQ.Remoting;

/// <summary>
/// An answer, or a server's request. Fields and body lie in pooled memory that goes back with <see cref="Dispose"/>;
/// fields are looked up in it when they are asked for, since an answer to a batch names thousands of ids that nobody reads.
/// </summary>
internal sealed class RemotingResponse : IDisposable
{
    private readonly string _address;
    private readonly FrameHeader _header;
    private readonly Frame _frame;
    private byte[]? _rented;

    /// <exception cref="InvalidDataException">The header cannot be read; the frame's memory went back.</exception>
    public RemotingResponse(string address, Frame frame)
    {
        _address = address;
        _frame = frame;
        _rented = frame.Buffer;
        try
        {
            _header = frame.ReadHeader();
        }
        catch (InvalidDataException)
        {
            Dispose();
            throw;
        }
    }

    public ResponseCode Code => (ResponseCode)_header.Code;

    public string? Remark => _header.Remark;

    public ReadOnlyMemory<byte> Body
    {
        get
        {
            ObjectDisposedException.ThrowIf(_rented is null, this);
            return _frame.Body;
        }
    }

    internal FrameHeader Header => _header;

    public bool TryGetField(string name, out string value)
    {
        ObjectDisposedException.ThrowIf(_rented is null, this);
        return _frame.TryGetField(name, out value);
    }

    /// <exception cref="RemotingException">The field is absent or no number (<see cref="RemotingFault.Malformed"/>).</exception>
    public long GetInt64(string name)
    {
        ObjectDisposedException.ThrowIf(_rented is null, this);
        if (_frame.GetInt64(name, out var isPresent) is { } number)
        {
            return number;
        }

        var fault = isPresent ? "is no whole number" : "is missing";
        throw new RemotingException(RemotingFault.Malformed, _address, string.Create(CultureInfo.InvariantCulture, $"field '{name}' of an answer with code {_header.Code} {fault}"));
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _rented, null) is { } rented)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
