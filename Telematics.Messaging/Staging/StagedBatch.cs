using System.Buffers;

namespace Telematics.Messaging.Staging;

/// <summary>
/// Messages of one queue that wait for the writer, encoded one behind the other, so that the writer hands the bytes to
/// the file or the broker as they are. Filled under the queue's lock, then owned by the writer alone. Reused.
/// </summary>
internal sealed class StagedBatch
{
    /// <summary>A batch takes no further message beyond so many bytes: what must be moved when most of it was abandoned stays small.</summary>
    public const int FullLength = 256 * 1024;

    private const int FirstLength = 4 * 1024;
    private const int FirstEntries = 16;

    // Chains of entries by owner, so that abandoning an owner does not look at everybody's messages.
    private int[] _heads = new int[FirstEntries * 2];
    private StagedEntry[] _entries = new StagedEntry[FirstEntries];
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(FirstLength);

    /// <summary>Entries, abandoned ones included.</summary>
    public int Count { get; private set; }

    /// <summary>Entries that are still to be written.</summary>
    public int Live { get; private set; }

    /// <summary>Bytes in use, abandoned ones included until they are squeezed out.</summary>
    public int Length { get; private set; }

    public bool IsFull => Length >= FullLength;

    public ref readonly StagedEntry this[int index] => ref _entries[index];

    public ReadOnlySpan<byte> Bytes(int start, int length) => _bytes.AsSpan(start, length);

    public ReadOnlyMemory<byte> Memory(int start, int length) => _bytes.AsMemory(start, length);

    /// <summary>Adds an entry and answers where its bytes, <paramref name="size"/> of them, are to be written.</summary>
    public Span<byte> Add(int size, IAppendSink sink, AppendToken token)
    {
        MakeRoom(size);
        var start = Length;
        ref var head = ref _heads[Bucket(token.Owner)];
        _entries[Count] = new StagedEntry(Length, size, sink, token, head - 1);
        Length += size;
        Count++;
        Live++;
        head = Count;
        return _bytes.AsSpan(start, size);
    }

    /// <summary>Takes out what an owner has here and gives the outcomes to <paramref name="abandoned"/>.</summary>
    /// <returns>How many they were.</returns>
    public int Abandon(long owner, int queueIndex, ref OutcomeCollector? abandoned, out int bytes)
    {
        bytes = 0;
        List<int>? found = null;
        for (var index = _heads[Bucket(owner)] - 1; index >= 0; index = _entries[index].Previous)
        {
            if (_entries[index].Sink is not null && _entries[index].Token.Owner == owner)
            {
                (found ??= []).Add(index);
            }
        }

        if (found is null)
        {
            return 0;
        }

        abandoned ??= new OutcomeCollector();

        // The chain runs backwards; outcomes go out in the order of the appends.
        for (var i = found.Count - 1; i >= 0; i--)
        {
            ref var entry = ref _entries[found[i]];
            abandoned.Add(entry.Sink!, new AppendOutcome(entry.Token, AppendStatus.Abandoned, queueIndex, -1, 0));
            bytes += entry.Length;
            entry = entry with { Sink = null };
        }

        Live -= found.Count;
        if (Live == 0)
        {
            Reset();
        }
        else if (Length >= FirstLength && LiveLength() < Length / 2)
        {
            Squeeze();
        }

        return found.Count;
    }

    /// <summary>Moves the live entries together, so that the bytes have no gap.</summary>
    public void Squeeze()
    {
        if (Live == Count)
        {
            return;
        }

        var length = LiveLength();
        var bytes = ArrayPool<byte>.Shared.Rent(Math.Max(length, FirstLength));
        Array.Clear(_heads);
        var (to, count) = (0, 0);
        for (var i = 0; i < Count; i++)
        {
            var entry = _entries[i];
            if (entry.Sink is null)
            {
                continue;
            }

            _bytes.AsSpan(entry.Start, entry.Length).CopyTo(bytes.AsSpan(to));
            ref var head = ref _heads[Bucket(entry.Token.Owner)];
            _entries[count++] = entry with { Start = to, Previous = head - 1 };
            head = count;
            to += entry.Length;
        }

        Array.Clear(_entries, count, Count - count);
        ArrayPool<byte>.Shared.Return(_bytes);
        (_bytes, Length, Count) = (bytes, to, count);
    }

    /// <summary>Empties it for the next use; an unusually long buffer goes back to the pool.</summary>
    public void Reset()
    {
        Array.Clear(_entries, 0, Count);
        Array.Clear(_heads);
        if (_bytes.Length > 2 * FullLength)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = ArrayPool<byte>.Shared.Rent(FirstLength);
        }

        (Count, Live, Length) = (0, 0, 0);
    }

    /// <summary>Gives the buffer back for good.</summary>
    public void Release()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }

    private int LiveLength()
    {
        var length = 0;
        for (var i = 0; i < Count; i++)
        {
            length += _entries[i].Sink is null ? 0 : _entries[i].Length;
        }

        return length;
    }

    private int Bucket(long owner) => (int)(((ulong)owner * 0x9E3779B97F4A7C15) >> 33) & (_heads.Length - 1);

    private void MakeRoom(int size)
    {
        if (_bytes.Length - Length < size)
        {
            var bytes = ArrayPool<byte>.Shared.Rent(Math.Max(_bytes.Length * 2, Length + size));
            _bytes.AsSpan(0, Length).CopyTo(bytes);
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = bytes;
        }

        if (Count == _entries.Length)
        {
            Array.Resize(ref _entries, Count * 2);
            _heads = new int[_entries.Length * 2];
            for (var i = 0; i < Count; i++)
            {
                ref var head = ref _heads[Bucket(_entries[i].Token.Owner)];
                _entries[i] = _entries[i] with { Previous = head - 1 };
                head = i + 1;
            }
        }
    }
}

/// <summary>One staged message: where its bytes are and who waits for its outcome.</summary>
/// <param name="Start">First byte in the batch.</param>
/// <param name="Length">Number of bytes.</param>
/// <param name="Sink">Who gets the outcome; null once it was abandoned.</param>
/// <param name="Token">The caller's token.</param>
/// <param name="Previous">The entry before it in the chain of its owner's bucket, or -1.</param>
internal readonly record struct StagedEntry(int Start, int Length, IAppendSink? Sink, AppendToken Token, int Previous);
