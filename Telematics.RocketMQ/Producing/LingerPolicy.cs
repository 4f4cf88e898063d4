namespace Telematics.RocketMQ.Producing;

/// <summary>
/// How long a queue's next batch waits to grow. A request costs the broker about as much as ten messages in it, so where
/// messages come often, requests are spaced: as far as a batch of a good size takes to gather, at most by the longest
/// linger. Whoever sends more rarely than that never waits. For one thread at a time.
/// </summary>
/// <param name="longest">The greatest distance between two requests of a queue.</param>
/// <param name="time">The clock.</param>
internal sealed class LingerPolicy(TimeSpan longest, TimeProvider time)
{
    // The broker's cost of a request, 20 to 60 us, is then less than half a microsecond a message.
    private const int GoodSize = 100;

    // What a timer can keep.
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    private TimeSpan _gap = 2 * longest;
    private long? _lastTaken;

    /// <summary>How long to wait before the next batch is taken.</summary>
    public TimeSpan GetWait()
    {
        // A wait that gathers less than one more message only makes it late.
        if (_lastTaken is not { } lastTaken || 2 * _gap > longest)
        {
            return TimeSpan.Zero;
        }

        var spacing = GoodSize * _gap < longest ? GoodSize * _gap : longest;
        var wait = spacing - time.GetElapsedTime(lastTaken);
        return wait >= Shortest ? wait : TimeSpan.Zero;
    }

    /// <summary>A batch was taken.</summary>
    public void Taken(int messages)
    {
        var now = time.GetTimestamp();
        if (_lastTaken is { } lastTaken)
        {
            // The mean distance of messages; an idle hour counts no more than a short pause.
            var gap = time.GetElapsedTime(lastTaken, now) / messages;
            _gap += ((gap < 2 * longest ? gap : 2 * longest) - _gap) / 4;
        }

        _lastTaken = now;
    }
}
