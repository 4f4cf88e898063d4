namespace Telematics.RocketMQ.Producing;

/// <summary>
/// How long a queue's next batch waits to grow. A request costs the broker about as much as ten messages in it, so where
/// messages come often, requests are spaced: as far as a batch of a good size takes to gather, but no more than some times
/// what a request takes. So an idle broker is asked at once, and one that is busy, whose answers take long, is asked less
/// often for more. Whoever sends so rarely that nothing would gather never waits. For one thread at a time.
/// </summary>
/// <param name="longest">The greatest distance between two requests of a queue.</param>
/// <param name="time">The clock.</param>
internal sealed class LingerPolicy(TimeSpan longest, TimeProvider time)
{
    // The broker's cost of a request, 20 to 60 us, is then less than half a microsecond a message.
    private const int GoodSize = 100;

    // A queue has a request under way for at most a quarter of the time.
    private const int AnswersPerRequest = 4;

    // What a timer can keep.
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    private TimeSpan _gap = 2 * longest;
    private TimeSpan _answer;
    private long? _lastTaken;

    /// <summary>How long to wait before the next batch is taken.</summary>
    public TimeSpan GetWait()
    {
        if (_lastTaken is not { } lastTaken)
        {
            return TimeSpan.Zero;
        }

        var spacing = Min(Min(longest, GoodSize * _gap), AnswersPerRequest * _answer);
        if (spacing < 2 * _gap)
        {
            return TimeSpan.Zero; // a wait that gathers less than one more message only makes it late
        }

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
            var gap = Min(time.GetElapsedTime(lastTaken, now) / messages, 2 * longest);
            _gap += (gap - _gap) / 4;
        }

        _lastTaken = now;
    }

    /// <summary>The batch was answered, so long after it was sent.</summary>
    public void Answered(TimeSpan after) => _answer += (Min(after, longest) - _answer) / 4;

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
