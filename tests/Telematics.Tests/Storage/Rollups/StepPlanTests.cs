using Telematics.Storage;
using Telematics.Storage.Rollups;
using Xunit;

namespace Telematics.Tests.Storage.Rollups;

public sealed class StepPlanTests
{
    private const long Minute = RollupTime.Minute;
    private const long Hour = RollupTime.Hour;

    private static readonly RollupState State = new((10 * Hour) + (32 * Minute), (10 * Hour) + (30 * Minute), 2 * Hour);

    [Fact]
    public void Hours_are_taken_where_they_are_settled_minutes_at_their_edges_and_samples_for_the_rest() =>
        Assert.Equal(
            [
                new((3 * Hour) + 1, (3 * Hour) + Minute, TelemetrySource.Raw),
                new((3 * Hour) + Minute, 4 * Hour, TelemetrySource.Minute),
                new(4 * Hour, 5 * Hour, TelemetrySource.Hour),
                new(5 * Hour, 7 * Hour, TelemetrySource.Raw),
                new(7 * Hour, 10 * Hour, TelemetrySource.Hour),
                new(10 * Hour, (10 * Hour) + (30 * Minute), TelemetrySource.Minute),
                new((10 * Hour) + (30 * Minute), 12 * Hour, TelemetrySource.Raw),
            ],
            StepPlan.Create((3 * Hour) + 1, 12 * Hour, Hour, hasRollups: true, State, [5 * Hour, 6 * Hour, 11 * Hour]));

    [Fact]
    public void A_noted_hour_that_the_range_or_the_pass_cuts_is_read_from_samples_within_it() =>
        Assert.Equal(
            [
                new((3 * Hour) + 5, 4 * Hour, TelemetrySource.Raw),
                new(4 * Hour, 10 * Hour, TelemetrySource.Hour),
                new(10 * Hour, (10 * Hour) + (40 * Minute), TelemetrySource.Raw),
            ],
            StepPlan.Create((3 * Hour) + 5, (10 * Hour) + (40 * Minute), Hour, hasRollups: true, State, [3 * Hour, 10 * Hour]));

    [Fact]
    public void Other_signals_are_read_from_samples_as_far_as_there_are_some() =>
        Assert.Equal(
            [new(0, 2 * Hour, TelemetrySource.Hour), new(2 * Hour, 5 * Hour, TelemetrySource.Raw)],
            StepPlan.Create(0, 5 * Hour, 2 * Hour, hasRollups: false, State, []));

    [Fact]
    public void Steps_that_end_within_a_minute_are_read_from_samples_only() =>
        Assert.Equal([new(2 * Hour, 5 * Hour, TelemetrySource.Raw)], StepPlan.Create(0, 5 * Hour, 90_000_000, hasRollups: true, State, []));

    [Fact]
    public void Without_samples_a_minute_counts_where_it_begins() =>
        Assert.Equal([new(Minute, 3 * Minute, TelemetrySource.Minute)], StepPlan.Create(1, (2 * Minute) + 1, Minute, hasRollups: true, State, []));

    [Fact]
    public void A_range_within_a_minute_is_read_from_samples() =>
        Assert.Equal([new((3 * Hour) + 1, (3 * Hour) + 2, TelemetrySource.Raw)], StepPlan.Create((3 * Hour) + 1, (3 * Hour) + 2, Minute, hasRollups: true, State, []));
}
