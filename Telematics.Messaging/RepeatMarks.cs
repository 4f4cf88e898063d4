using System.Collections;

namespace Telematics.Messaging;

/// <summary>One mark a message, in an array that is reused from batch to batch.</summary>
public sealed class RepeatMarks : IReadOnlyList<bool>
{
    private bool[] _marks = new bool[256];

    /// <inheritdoc/>
    public int Count { get; private set; }

    /// <inheritdoc/>
    public bool this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            return _marks[index];
        }
    }

    /// <summary>Begins a batch; nothing is marked.</summary>
    public void Reset(int count)
    {
        if (_marks.Length < count)
        {
            _marks = new bool[Math.Max(count, _marks.Length * 2)];
        }

        _marks.AsSpan(0, count).Clear();
        Count = count;
    }

    /// <summary>Marks a message.</summary>
    public void Mark(int index) => _marks[index] = true;

    /// <inheritdoc/>
    public IEnumerator<bool> GetEnumerator() => _marks.Take(Count).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
