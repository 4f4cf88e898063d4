using HdrHistogram;

namespace Telematics.Simulator.Workers;

/// <summary>PUBACK times of a fleet in microseconds. Workers record in turn; the lock is rarely wanted by two.</summary>
internal sealed class AckTimes
{
    private const long Highest = 3_600_000_000;
    private readonly Lock _lock = new();
    private readonly LongHistogram _total = new(1, Highest, 3);
    private readonly LongHistogram _recent = new(1, Highest, 3);

    public void Record(long microseconds)
    {
        var value = Math.Clamp(microseconds, 1, Highest);
        lock (_lock)
        {
            _total.RecordValue(value);
            _recent.RecordValue(value);
        }
    }

    /// <summary>Since the start.</summary>
    public AckPercentiles GetTotal()
    {
        lock (_lock)
        {
            return Percentiles(_total);
        }
    }

    /// <summary>Since the last call.</summary>
    public AckPercentiles TakeRecent()
    {
        lock (_lock)
        {
            var recent = Percentiles(_recent);
            _recent.Reset();
            return recent;
        }
    }

    private static AckPercentiles Percentiles(LongHistogram histogram)
    {
        return histogram.TotalCount == 0
            ? new AckPercentiles(0, 0, 0, 0, 0, 0)
            : new AckPercentiles(histogram.TotalCount, At(50), At(90), At(99), At(99.9), At(100));

        double At(double percentile) => histogram.GetValueAtPercentile(percentile) / 1_000.0;
    }
}
