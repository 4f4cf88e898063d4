using Telematics.Contracts.Telemetry;
using Telematics.Storage.Rollups;

namespace Telematics.Storage;

/// <summary>Sums up what one step holds: samples and buckets, which come in the order of time.</summary>
internal sealed class StepAggregate(IReadOnlyList<int>? signals)
{
    private readonly IReadOnlyList<int> _signals = signals ?? [.. Enumerable.Range(0, SignalCatalogue.Count)];
    private readonly long[] _count = new long[SignalCatalogue.Count];
    private readonly double[] _min = new double[SignalCatalogue.Count];
    private readonly double[] _max = new double[SignalCatalogue.Count];
    private readonly double[] _sum = new double[SignalCatalogue.Count];
    private readonly double[] _last = new double[SignalCatalogue.Count];
    private readonly long[] _lastTime = new long[SignalCatalogue.Count];
    private TelemetryBucket _bucket;

    /// <summary>Where the step under way begins.</summary>
    public long Start => _bucket.Time;

    /// <summary>How many samples it has so far.</summary>
    public long Samples => _bucket.Samples;

    /// <summary>Adds a sample to the step that begins at <paramref name="start"/>.</summary>
    public void Add(long start, long time, in SignalValues values)
    {
        _bucket.Time = start;
        _bucket.Add(time, in values);
        foreach (var i in _signals)
        {
            // The bucket holds the speed.
            if (i != SignalCatalogue.Speed && !double.IsNaN(values[i]))
            {
                Add(i, time, values[i]);
            }
        }
    }

    /// <summary>Adds the samples of a bucket, which knows no signal but the speed.</summary>
    public void Add(long start, in TelemetryBucket bucket)
    {
        _bucket.Time = start;
        _bucket.Merge(in bucket);
    }

    /// <summary>The step, and nothing under way any more.</summary>
    public HistoryStep Finish()
    {
        var aggregates = new List<SignalAggregate>();
        foreach (var i in _signals)
        {
            if (i == SignalCatalogue.Speed && _bucket.SpeedCount > 0)
            {
                aggregates.Add(new SignalAggregate(i, _bucket.SpeedCount, _bucket.SpeedMin, _bucket.SpeedMax, _bucket.SpeedSum / _bucket.SpeedCount, _bucket.SpeedLast));
            }
            else if (_count[i] > 0)
            {
                aggregates.Add(new SignalAggregate(i, _count[i], _min[i], _max[i], _sum[i] / _count[i], _last[i]));
            }
        }

        var step = new HistoryStep(Start, Samples, aggregates)
        {
            Distance = _bucket.Distance,
            Energy = _bucket.Energy,
            FirstPosition = _bucket.FirstPosition,
            LastPosition = _bucket.LastPosition,
        };
        _bucket = default;
        Array.Clear(_count);
        return step;
    }

    private void Add(int signal, long time, double value)
    {
        var isFirst = _count[signal]++ == 0;
        _min[signal] = isFirst ? value : Math.Min(_min[signal], value);
        _max[signal] = isFirst ? value : Math.Max(_max[signal], value);
        _sum[signal] = isFirst ? value : _sum[signal] + value;
        _last[signal] = !isFirst && time == _lastTime[signal] ? Math.Max(_last[signal], value) : value;
        _lastTime[signal] = time;
    }
}
