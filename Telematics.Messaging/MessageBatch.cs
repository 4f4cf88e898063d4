using System.Buffers;

namespace Telematics.Messaging;

/// <summary>
/// Messages of one queue in the order of their offsets, over one pooled buffer that goes back with <see cref="Dispose"/>.
/// </summary>
/// <param name="queue">The queue.</param>
/// <param name="buffer">Rented from <see cref="ArrayPool{T}.Shared"/>; the batch owns it from here on.</param>
/// <param name="records">Rented from <see cref="ArrayPool{T}.Shared"/>; the batch owns it from here on.</param>
/// <param name="count">How many of <paramref name="records"/> are messages.</param>
public sealed class MessageBatch(MessageQueue queue, byte[] buffer, MessageRecord[] records, int count) : IDisposable
{
    private byte[]? _buffer = buffer;
    private MessageRecord[]? _records = records;

    /// <summary>The queue.</summary>
    public MessageQueue Queue { get; } = queue;

    /// <summary>How many messages it holds, at least 1.</summary>
    public int Count { get; } = count;

    /// <summary>The message at a place, 0 to <see cref="Count"/> - 1.</summary>
    /// <exception cref="ObjectDisposedException">The batch was given back.</exception>
    public MessageView this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            ObjectDisposedException.ThrowIf(_buffer is null || _records is null, this);
            return new MessageView(_buffer, in _records[index]);
        }
    }

    /// <summary>Gives the buffers back; views taken from it are dead.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _buffer, null) is { } buffer)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        if (Interlocked.Exchange(ref _records, null) is { } records)
        {
            ArrayPool<MessageRecord>.Shared.Return(records);
        }
    }
}
