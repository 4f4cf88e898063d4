using Telematics.Contracts.Telemetry;

namespace Telematics.Storage;

/// <summary>Sums up the samples of one step, which come in the order of time.</summary>
internal sealed class StepAggregate(IReadOnlyList<int>? signals)
{
    private readonly IReadOnlyList<int> _signals = signals ?? [.. Enumerable.Range(0, SignalCatalogue.Count)];
    private readonly long[] _count = new long[SignalCatalogue.Count];
    private readonly double[] _min = new double[SignalCatalogue.Count];
    private readonly double[] _max = new double[SignalCatalogue.Count];
    private readonly double[] _sum = new double[SignalCatalogue.Count];
    private readonly double[] _last = new double[SignalCatalogue.Count];

    /// <summary>Where the step under way begins.</summary>
    public long Start { get; private set; }

    /// <summary>How many samples it has so far.</summary>
    public long Samples { get; private set; }

    /// <summary>Adds a sample to the step that begins at <paramref name="start"/>.</summary>
    public void Add(long start, in HistorySample sample)
    {
        Start = start;
        Samples++;
        foreach (var i in _signals)
        {
            var value = sample.Values[i];
            if (double.IsNaN(value))
            {
                continue;
            }

            var isFirst = _count[i]++ == 0;
            _min[i] = isFirst ? value : Math.Min(_min[i], value);
            _max[i] = isFirst ? value : Math.Max(_max[i], value);
            _sum[i] = isFirst ? value : _sum[i] + value;
            _last[i] = value;
        }
    }

    /// <summary>The step, and nothing under way any more.</summary>
    public HistoryStep Finish()
    {
        var aggregates = _signals
            .Where(i => _count[i] > 0)
            .Select(i => new SignalAggregate(i, _count[i], _min[i], _max[i], _sum[i] / _count[i], _last[i]))
            .ToList();
        var step = new HistoryStep(Start, Samples, aggregates);
        Samples = 0;
        Array.Clear(_count);
        return step;
    }
}
