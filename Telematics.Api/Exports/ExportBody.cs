using System.IO.Pipelines;

namespace Telematics.Api.Exports;

/// <summary>
/// The body of an export as a forward-only stream. Whoever writes waits until the caller takes what was written before;
/// synchronous writes only fill the buffer that the next asynchronous one sends.
/// </summary>
internal sealed class ExportBody(PipeWriter output, CancellationToken cancellationToken) : Stream
{
    // A few network packets; Kestrel lets 64 KiB wait for the caller.
    private const int FlushAt = 16 * 1_024;

    private int _unsent;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException("The body goes forward only.");

    public override long Position
    {
        get => throw new NotSupportedException("The body goes forward only.");
        set => throw new NotSupportedException("The body goes forward only.");
    }

    /// <summary>Memory to write into; <see cref="Advance"/> says how much was.</summary>
    public Span<byte> GetSpan(int size) => output.GetSpan(size);

    /// <summary>Takes what was written into the memory.</summary>
    public void Advance(int bytes)
    {
        output.Advance(bytes);
        _unsent += bytes;
    }

    /// <summary>Sends when it is worth it.</summary>
    /// <exception cref="OperationCanceledException">The caller left.</exception>
    public ValueTask FlushIfFullAsync() => _unsent < FlushAt ? ValueTask.CompletedTask : SendAsync();

    /// <summary>Sends what was written.</summary>
    /// <exception cref="OperationCanceledException">The caller left.</exception>
    public async ValueTask SendAsync()
    {
        _unsent = 0;
        var result = await output.FlushAsync(cancellationToken);
        if (result.IsCompleted)
        {
            throw new OperationCanceledException("The caller does not read any more.", new CancellationToken(canceled: true));
        }
    }

    /// <inheritdoc/>
    /// <exception cref="OperationCanceledException">The caller left.</exception>
    public override Task FlushAsync(CancellationToken cancellationToken) => SendAsync().AsTask();

    /// <summary>Nothing: a thread must not wait for the caller.</summary>
    public override void Flush()
    {
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var span = output.GetSpan();
            var count = Math.Min(span.Length, buffer.Length);
            buffer[..count].CopyTo(span);
            Advance(count);
            buffer = buffer[count..];
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    /// <exception cref="OperationCanceledException">The caller left.</exception>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            var count = Math.Min(FlushAt, buffer.Length);
            Write(buffer.Span[..count]);
            await FlushIfFullAsync();
            buffer = buffer[count..];
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("The body goes forward only.");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("The body goes forward only.");

    public override void SetLength(long value) => throw new NotSupportedException("The body goes forward only.");
}
