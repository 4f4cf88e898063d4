namespace Telematics.RocketMQ.Producing;

/// <summary>
/// Numbers the messages of one queue: milliseconds since the month began times 65,536, or one more than the last number where
/// that is greater. They begin anew each month, so each month has an instance of its own. Used under the queue's lock.
/// </summary>
internal sealed class ProducerNumbers(TimeProvider time)
{
    private const int CounterBits = 16;
    private long _monthStart;
    private long _nextMonthStart;
    private long _last;

    /// <summary>The instance of the number given last, in hexadecimal digits.</summary>
    public byte[] Instance { get; private set; } = [];

    /// <summary>The next number; <see cref="Instance"/> is the one it belongs to.</summary>
    /// <param name="now">The clock, in milliseconds since 1970-01-01 UTC.</param>
    public long Next(long now)
    {
        if (now >= _nextMonthStart)
        {
            BeginMonth(now);
        }

        // A clock that was set back, even into the month before, changes nothing: the numbers go on.
        _last = Math.Max((now - _monthStart) << CounterBits, _last + 1);
        return _last;
    }

    // The month is the local one, as in Java: mqadmin takes the time out of a key to know where to look for it.
    private void BeginMonth(long now)
    {
        var zone = time.LocalTimeZone;
        var local = TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeMilliseconds(now), zone);
        var start = new DateTime(local.Year, local.Month, 1);
        _monthStart = ToUnixTime(start, zone);
        _nextMonthStart = ToUnixTime(start.AddMonths(1), zone);
        _last = 0;
        Instance = ProducerInstances.Next();
    }

    private static long ToUnixTime(DateTime local, TimeZoneInfo zone) =>
        new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUnixTimeMilliseconds();
}
