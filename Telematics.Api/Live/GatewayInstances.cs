namespace Telematics.Api.Live;

/// <summary>Gateway instances by number, and which of them have ended: that end is final.</summary>
internal sealed class GatewayInstances
{
    /// <summary>In place of a queue: the end was known to the snapshot, at some offset before it.</summary>
    public const int BeforeSnapshot = -1;

    private readonly Dictionary<string, int> _byId = new(StringComparer.Ordinal);
    private readonly List<(bool HasEnded, int Queue, long Offset)> _ends = [];

    /// <summary>The number of an instance, known or new.</summary>
    public int Get(string id)
    {
        if (!_byId.TryGetValue(id, out var number))
        {
            number = _ends.Count;
            _byId.Add(id, number);
            _ends.Add((false, 0, -1));
        }

        return number;
    }

    /// <summary>Whether it has ended.</summary>
    public bool HasEnded(int number) => _ends[number].HasEnded;

    /// <summary>Notes its end; false when that is known.</summary>
    public bool End(int number, int queue, long offset)
    {
        if (_ends[number].HasEnded)
        {
            return false;
        }

        _ends[number] = (true, queue, offset);
        return true;
    }

    /// <summary>Whether its end may have been read from an event at or behind these offsets; exact for ends that are not from the snapshot.</summary>
    public bool EndedSince(int number, ReadOnlySpan<long> events, ReadOnlySpan<long> snapshot)
    {
        var (hasEnded, queue, offset) = _ends[number];
        if (!hasEnded || queue != BeforeSnapshot)
        {
            return hasEnded && offset >= events[queue];
        }

        for (var i = 0; i < snapshot.Length; i++)
        {
            if (events[i] < snapshot[i])
            {
                return true;
            }
        }

        return false;
    }
}
