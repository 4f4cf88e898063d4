namespace Telematics.Storage.Rollups;

/// <summary>A part of a range that is answered from one table.</summary>
/// <param name="From">First time.</param>
/// <param name="To">Time behind the last one.</param>
/// <param name="Source">The table.</param>
internal readonly record struct StepSegment(long From, long To, TelemetrySource Source);

/// <summary>
/// Divides a range among samples and rollups: the coarsest rollup that says exactly what samples would say, and samples
/// where it does not.
/// </summary>
internal sealed class StepPlan
{
    private readonly List<StepSegment> _segments = [];
    private readonly TelemetrySource _coarsest;

    private StepPlan(TelemetrySource coarsest) => _coarsest = coarsest;

    /// <summary>Makes the parts, in the order of time.</summary>
    /// <param name="from">First time.</param>
    /// <param name="to">Time behind the last one.</param>
    /// <param name="step">Length of a step.</param>
    /// <param name="hasRollups">Whether buckets hold everything that is asked; where there are no samples any more they are taken all the same.</param>
    /// <param name="state">How far the rollups are.</param>
    /// <param name="noted">The vehicle's hours to which samples came late and that were not summed up again, in order.</param>
    public static IReadOnlyList<StepSegment> Create(long from, long to, long step, bool hasRollups, RollupState state, IReadOnlyList<long> noted)
    {
        var plan = new StepPlan(RollupCoverage.Fill(step));
        if (plan._coarsest != TelemetrySource.Raw)
        {
            plan.AddSettled(from, Math.Min(to, state.RawFrom), hasSamples: false);
        }

        var position = Math.Max(from, state.RawFrom);
        if (hasRollups && plan._coarsest != TelemetrySource.Raw)
        {
            var settledTo = Math.Min(to, state.RolledUpTo);
            foreach (var hour in noted)
            {
                var begin = Math.Clamp(hour, position, Math.Max(position, settledTo));
                var end = Math.Clamp(hour + RollupTime.Hour, position, Math.Max(position, settledTo));
                plan.AddSettled(position, begin, hasSamples: true);
                plan.Add(begin, end, TelemetrySource.Raw);
                position = end;
            }

            plan.AddSettled(position, settledTo, hasSamples: true);
            position = Math.Max(position, settledTo);
        }

        plan.Add(position, to, TelemetrySource.Raw);
        return plan._segments;
    }

    /// <summary>Whole minutes and hours come from their buckets; the minutes that the range cuts, from samples.</summary>
    private void AddSettled(long from, long to, bool hasSamples)
    {
        // Without samples a bucket can only be taken as a whole: where it begins.
        var firstMinute = RollupTime.Ceiling(from, RollupTime.Minute);
        var lastMinute = hasSamples ? RollupTime.Floor(to, RollupTime.Minute) : RollupTime.Ceiling(to, RollupTime.Minute);
        if (firstMinute >= lastMinute)
        {
            Add(from, to, hasSamples ? TelemetrySource.Raw : TelemetrySource.Minute);
            return;
        }

        if (hasSamples)
        {
            Add(from, firstMinute, TelemetrySource.Raw);
        }

        var firstHour = RollupTime.Ceiling(firstMinute, RollupTime.Hour);
        var lastHour = RollupTime.Floor(lastMinute, RollupTime.Hour);
        if (_coarsest == TelemetrySource.Hour && firstHour < lastHour)
        {
            Add(firstMinute, firstHour, TelemetrySource.Minute);
            Add(firstHour, lastHour, TelemetrySource.Hour);
            Add(lastHour, lastMinute, TelemetrySource.Minute);
        }
        else
        {
            Add(firstMinute, lastMinute, TelemetrySource.Minute);
        }

        if (hasSamples)
        {
            Add(lastMinute, to, TelemetrySource.Raw);
        }
    }

    private void Add(long from, long to, TelemetrySource source)
    {
        if (from >= to)
        {
            return;
        }

        if (_segments.Count > 0 && _segments[^1] is var last && last.Source == source && last.To == from)
        {
            _segments[^1] = last with { To = to };
            return;
        }

        _segments.Add(new StepSegment(from, to, source));
    }
}
