using System.Diagnostics.Metrics;

namespace Telematics.Host.Scheduling;

/// <summary>What became of the runs of recurring tasks.</summary>
internal sealed class SchedulingMetrics
{
    public const string MeterName = "Telematics.Host";

    private readonly Counter<long> _runs;
    private readonly Counter<long> _failures;
    private readonly Counter<long> _skipped;
    private readonly Histogram<double> _duration;

    public SchedulingMetrics(IMeterFactory meterFactory)
    {
        ArgumentNullException.ThrowIfNull(meterFactory);
        var meter = meterFactory.Create(MeterName);
        _runs = meter.CreateCounter<long>("telematics.maintenance.runs", "{run}", "Runs of recurring tasks that were begun.");
        _failures = meter.CreateCounter<long>("telematics.maintenance.failures", "{run}", "Runs that failed.");
        _skipped = meter.CreateCounter<long>("telematics.maintenance.skipped", "{run}", "Runs left out because the one before had not ended.");
        _duration = meter.CreateHistogram<double>("telematics.maintenance.duration", "s", "Duration of runs, failed ones too.");
    }

    public void Ended(string task, TimeSpan duration, bool hasFailed)
    {
        var tag = new KeyValuePair<string, object?>("task", task);
        _runs.Add(1, tag);
        _duration.Record(duration.TotalSeconds, tag);
        if (hasFailed)
        {
            _failures.Add(1, tag);
        }
    }

    public void Skipped(string task) => _skipped.Add(1, new KeyValuePair<string, object?>("task", task));
}
