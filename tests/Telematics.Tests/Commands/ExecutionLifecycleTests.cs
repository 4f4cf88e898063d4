using Telematics.Commands.Executions;
using Telematics.Storage.Model;
using Xunit;

namespace Telematics.Tests.Commands;

public sealed class ExecutionLifecycleTests
{
    // Rows are signals; "~" marks a soft end, "." no arrow. created* is an execution of a broadcast.
    private const string Table = """
        signal              created   created*  queued    sent      delivered accepted  inProgress
        Released            queued    queued    .         .         .         .         .
        Claimed             .         sent      sent      .         .         .         .
        SentByGateway       .         sent      sent      .         .         .         .
        DeliveredByGateway  .         delivered delivered delivered .         .         .
        RefusedByCar        .         rejected~ rejected~ rejected~ .         .         .
        NotHere             .         .         .         queued    .         .         .
        Withdrawn           .         canceled~ canceled~ canceled~ .         .         .
        Reconnected         .         .         .         queued    .         .         .
        DeliveryTimedOut    .         .         .         queued    .         .         .
        AttemptsExhausted   .         .         failed~   failed~   .         .         .
        TimeToLivePassed    expired~  expired~  expired~  expired~  .         .         .
        ExecutionTimedOut   .         .         .         .         timedOut~ timedOut~ timedOut~
        Canceled            canceled~ canceled~ canceled~ canceled~ .         .         .
        VehicleDeleted      canceled~ canceled~ canceled~ canceled~ canceled~ canceled~ canceled~
        ResultAccepted      .         accepted  accepted  accepted  accepted  .         .
        ResultInProgress    .         inProgress inProgress inProgress inProgress inProgress inProgress
        ResultSucceeded     .         succeeded succeeded succeeded succeeded succeeded succeeded
        ResultFailed        .         failed    failed    failed    failed    failed    failed
        ResultRejected      .         rejected  rejected  rejected  rejected  rejected  rejected
        """;

    private static readonly ExecutionState[] Ends =
        [ExecutionState.Succeeded, ExecutionState.Failed, ExecutionState.Rejected, ExecutionState.Expired, ExecutionState.TimedOut, ExecutionState.Canceled];

    [Fact]
    public void Every_arrow_of_every_open_state_is_as_the_table_says()
    {
        var lines = Table.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var columns = Split(lines[0])[1..];
        var seen = new HashSet<ExecutionSignal>();
        foreach (var line in lines[1..])
        {
            var cells = Split(line);
            var signal = Enum.Parse<ExecutionSignal>(cells[0]);
            seen.Add(signal);
            for (var i = 0; i < columns.Length; i++)
            {
                var isBroadcast = columns[i].EndsWith('*');
                var state = Enum.Parse<ExecutionState>(columns[i].TrimEnd('*'), ignoreCase: true);
                var next = ExecutionLifecycle.Next(new ExecutionStanding(state, false, isBroadcast, WasAppended: true), signal);
                Assert.True(Describe(next) == cells[i + 1], $"{columns[i]} × {signal}: {Describe(next)}, the table says {cells[i + 1]}");
            }
        }

        Assert.Equal(Enum.GetValues<ExecutionSignal>(), seen.Order());
    }

    [Fact]
    public void A_result_replaces_a_soft_end_and_is_marked_late_and_nothing_else_does()
    {
        foreach (var end in Ends)
        {
            foreach (var signal in Enum.GetValues<ExecutionSignal>())
            {
                var next = ExecutionLifecycle.Next(new ExecutionStanding(end, IsSoft: true, IsBroadcast: false, WasAppended: true), signal);
                ExecutionArrow? expected = signal switch
                {
                    ExecutionSignal.ResultSucceeded => new(ExecutionState.Succeeded, IsLate: true),
                    ExecutionSignal.ResultFailed => new(ExecutionState.Failed, IsLate: true),
                    ExecutionSignal.ResultRejected => new(ExecutionState.Rejected, IsLate: true),
                    _ => null,
                };
                Assert.Equal(expected, next);
            }
        }
    }

    [Fact]
    public void A_final_end_stays_whatever_comes()
    {
        foreach (var end in Ends)
        {
            foreach (var signal in Enum.GetValues<ExecutionSignal>())
            {
                Assert.Null(ExecutionLifecycle.Next(new ExecutionStanding(end, IsSoft: false, IsBroadcast: true, WasAppended: true), signal));
            }
        }
    }

    [Theory]
    [InlineData(nameof(ExecutionSignal.NotHere))]
    [InlineData(nameof(ExecutionSignal.RefusedByCar))]
    [InlineData(nameof(ExecutionSignal.Withdrawn))]
    [InlineData(nameof(ExecutionSignal.SentByGateway))]
    public void A_receipt_of_an_older_attempt_changes_nothing(string name)
    {
        var signal = Enum.Parse<ExecutionSignal>(name);
        foreach (var state in Enum.GetValues<ExecutionState>())
        {
            Assert.Null(ExecutionLifecycle.Next(new ExecutionStanding(state, false, true, true), signal, isLatestAttempt: false));
        }
    }

    [Theory]
    [InlineData(ExecutionState.Queued)]
    [InlineData(ExecutionState.Sent)]
    public void Delivered_counts_from_any_attempt(ExecutionState state) =>
        Assert.Equal(
            new ExecutionArrow(ExecutionState.Delivered),
            ExecutionLifecycle.Next(new ExecutionStanding(state, false, false, true), ExecutionSignal.DeliveredByGateway, isLatestAttempt: false));

    [Fact]
    public void What_was_never_appended_is_canceled_for_good()
    {
        foreach (var signal in new[] { ExecutionSignal.Canceled, ExecutionSignal.VehicleDeleted })
        {
            Assert.Equal(
                new ExecutionArrow(ExecutionState.Canceled, IsSoft: false),
                ExecutionLifecycle.Next(new ExecutionStanding(ExecutionState.Queued, false, false, WasAppended: false), signal));
        }
    }

    private static string[] Split(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static string Describe(ExecutionArrow? arrow)
    {
        if (arrow is not { } next)
        {
            return ".";
        }

        var name = next.To.ToString();
        return char.ToLowerInvariant(name[0]) + name[1..] + (next.IsSoft ? "~" : "") + (next.IsLate ? "!" : "");
    }
}
