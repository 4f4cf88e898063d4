using System.Diagnostics.Metrics;

namespace Telematics.Storage.Rollups;

internal sealed class RollupMetrics
{
    private readonly Counter<long> _recomputed;
    private long _rolledUpTo;

    public RollupMetrics(IMeterFactory meterFactory, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(meterFactory);
        ArgumentNullException.ThrowIfNull(clock);
        var meter = meterFactory.Create(StorageMetrics.MeterName);
        _recomputed = meter.CreateCounter<long>("telematics.storage.rollups.late_hours", "{hour}", "Hours of vehicles that were summed up again because samples came late.");
        meter.CreateObservableGauge(
            "telematics.storage.rollups.lag",
            () => Interlocked.Read(ref _rolledUpTo) is > 0 and var ticks ? [new Measurement<double>((clock.GetUtcNow().Ticks - ticks) / (double)TimeSpan.TicksPerSecond)] : Array.Empty<Measurement<double>>(),
            "s",
            "Age of the last minute that was summed up; nothing in a process that has not done it yet.");
    }

    public void RolledUp(DateTime to) => Interlocked.Exchange(ref _rolledUpTo, to.Ticks);

    public void Recomputed(int hours)
    {
        if (hours > 0)
        {
            _recomputed.Add(hours);
        }
    }
}
