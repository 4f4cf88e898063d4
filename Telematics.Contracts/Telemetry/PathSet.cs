namespace Telematics.Contracts.Telemetry;

/// <summary>The paths that a sample has named so far: open addressing over copies of the paths, reused from sample to sample.</summary>
internal sealed class PathSet
{
    private (int Epoch, int Hash, int Start, int Length)[] _slots = new (int, int, int, int)[64];
    private byte[] _text = new byte[1024];
    private int _textLength;
    private int _count;
    private int _epoch;

    /// <summary>Begins a new sample.</summary>
    public void Clear()
    {
        _count = 0;
        _textLength = 0;
        if (++_epoch == int.MaxValue)
        {
            _epoch = 1;
            Array.Clear(_slots);
        }
    }

    /// <summary>Adds a path; false when it is there already.</summary>
    public bool Add(ReadOnlySpan<byte> path)
    {
        if (_count * 2 >= _slots.Length)
        {
            Grow();
        }

        // HashCode is seeded per process, so nobody can prepare paths that collide.
        var hasher = default(HashCode);
        hasher.AddBytes(path);
        var hash = hasher.ToHashCode();
        ref var slot = ref FindSlot(hash, path);
        if (slot.Epoch == _epoch)
        {
            return false;
        }

        if (_text.Length - _textLength < path.Length)
        {
            Array.Resize(ref _text, Math.Max(_text.Length * 2, _textLength + path.Length));
        }

        path.CopyTo(_text.AsSpan(_textLength));
        slot = (_epoch, hash, _textLength, path.Length);
        _textLength += path.Length;
        _count++;
        return true;
    }

    private ref (int Epoch, int Hash, int Start, int Length) FindSlot(int hash, ReadOnlySpan<byte> path)
    {
        for (var i = hash & (_slots.Length - 1); ; i = (i + 1) & (_slots.Length - 1))
        {
            ref var slot = ref _slots[i];
            if (slot.Epoch != _epoch || (slot.Hash == hash && _text.AsSpan(slot.Start, slot.Length).SequenceEqual(path)))
            {
                return ref slot;
            }
        }
    }

    private void Grow()
    {
        var old = _slots;
        _slots = new (int, int, int, int)[old.Length * 2];
        foreach (var slot in old)
        {
            if (slot.Epoch == _epoch)
            {
                FindSlot(slot.Hash, _text.AsSpan(slot.Start, slot.Length)) = slot;
            }
        }
    }
}
