namespace Telematics.Api.Live;

/// <summary>Gateway instances by number, and which of them have ended: that end is final.</summary>
internal sealed class GatewayInstances
{
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

    /// <summary>Whether its end was read from an event at or behind these offsets.</summary>
    public bool EndedSince(int number, ReadOnlySpan<long> events)
    {
        var (hasEnded, queue, offset) = _ends[number];
        return hasEnded && queue < events.Length && offset >= events[queue];
    }
}
