using Telematics.Messaging;
using Telematics.Messaging.Embedded;
using Xunit;

namespace Telematics.Tests.Messaging;

/// <summary>What happens while the file cannot be written: another connection holds SQLite's write lock.</summary>
public sealed class EmbeddedLogStallTests : IDisposable
{
    private const int WriteFailed = 6002;
    private const int WritesAgain = 6003;
    private readonly EmbeddedLogFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Outcomes_are_withheld_until_the_write_works_and_the_fault_is_logged_once()
    {
        await using var log = _folder.Open();
        var producer = await DeclareAsync(log);
        var sink = new RecordingSink();
        using (var stall = await StallAsync(log, producer, sink))
        {
            for (var i = 1; i < 100; i++)
            {
                producer.Append("k", $"{i}", sink, new AppendToken(1, i));
            }

            await _folder.Lines.WaitAsync(WriteFailed, Cancellation);
            Assert.Empty(sink.Outcomes);
        }

        var outcomes = await sink.WaitAsync(100, Cancellation);
        Assert.All(outcomes, outcome => Assert.Equal(AppendStatus.Stored, outcome.Status));
        Assert.Equal(Enumerable.Range(0, 100).Select(i => (long)i), outcomes.Select(outcome => outcome.Token.Item));
        Assert.Equal(101, (await log.ReadTopicAsync(producer.Topic, Cancellation)).Count);
        Assert.Equal(1, _folder.Lines.Count(WriteFailed));
        Assert.Equal(1, _folder.Lines.Count(WritesAgain));
    }

    [Fact]
    public async Task Abandoning_during_a_stall_gives_outcomes_and_memory_back_at_once()
    {
        await using var log = _folder.Open();
        var producer = await DeclareAsync(log);
        var (kept, left) = (new RecordingSink(), new RecordingSink());
        var body = new string('x', 1000);
        using (await StallAsync(log, producer, kept))
        {
            for (var i = 1; i <= 3000; i++)
            {
                Assert.Equal(AppendAdmission.Taken, producer.Append("k", body, i % 100 == 0 ? kept : left, new AppendToken(i % 100 == 0 ? 1 : 2, i)));
            }

            var staged = log.Context.Queues.Values.Sum(queue => queue.PendingBytes);
            producer.Abandon(2);
            var outcomes = await left.WaitAsync(2970, Cancellation);
            Assert.All(outcomes, outcome => Assert.Equal(AppendStatus.Abandoned, outcome.Status));
            Assert.Equal(outcomes.Select(outcome => outcome.Token.Item).Order(), outcomes.Select(outcome => outcome.Token.Item));
            Assert.InRange(log.Context.Queues.Values.Sum(queue => queue.PendingBytes), 1, staged / 50);
            Assert.Empty(kept.Outcomes);
        }

        Assert.All(await kept.WaitAsync(31, Cancellation), outcome => Assert.Equal(AppendStatus.Stored, outcome.Status));
        Assert.Equal(32, (await log.ReadTopicAsync(producer.Topic, Cancellation)).Count);
        Assert.Equal(2970, left.Outcomes.Length);
        Assert.Equal(0, log.Context.Queues.Values.Sum(queue => queue.PendingBytes));
    }

    [Fact]
    public async Task The_budget_holds_for_one_queue_and_not_for_exempt_appends()
    {
        _folder.Options.QueueBudgetBytes = 64 << 10;
        await using var log = _folder.Open();
        var producer = await DeclareAsync(log, 2);
        var sink = new RecordingSink();
        var body = new string('x', 1000);
        var (mine, other) = KeysOfTwoQueues();
        var taken = 1;
        using (await StallAsync(log, producer, sink, mine))
        {
            while (producer.Append(mine, body, sink) == AppendAdmission.Taken)
            {
                Assert.InRange(taken++, 1, 64);
            }

            Assert.Equal(AppendAdmission.BudgetUsedUp, producer.Append(mine, body, sink));
            Assert.Equal(AppendAdmission.Taken, producer.Append(mine, body, sink, default, AppendBudget.Exempt));
            Assert.Equal(AppendAdmission.Taken, producer.Append(other, body, sink));
            taken += 2;
        }

        await sink.WaitAsync(taken, Cancellation);
        Assert.Equal(AppendAdmission.Taken, producer.Append(mine, body, sink));
        await sink.WaitAsync(taken + 1, Cancellation);
    }

    [Fact]
    public async Task A_message_longer_than_the_budget_gets_in_when_nothing_waits()
    {
        _folder.Options.QueueBudgetBytes = 64 << 10;
        await using var log = _folder.Open();
        var producer = await DeclareAsync(log);
        var sink = new RecordingSink();
        Assert.Equal(AppendAdmission.Taken, producer.Append("k", new string('x', 100_000), sink));
        Assert.Equal(AppendStatus.Stored, Assert.Single(await sink.WaitAsync(1, Cancellation)).Status);
    }

    [Fact]
    public async Task Closing_during_a_stall_answers_unknown_once_and_takes_nothing_more()
    {
        var log = _folder.Open();
        var producer = await DeclareAsync(log);
        var sink = new RecordingSink();
        using (await StallAsync(log, producer, sink))
        {
            for (var i = 1; i < 50; i++)
            {
                producer.Append("k", $"{i}", sink, new AppendToken(1, i));
            }

            await log.DisposeAsync();
            Assert.Equal(50, sink.Outcomes.Length);
            Assert.All(sink.Outcomes, outcome => Assert.Equal((AppendStatus.Unknown, -1L), (outcome.Status, outcome.Offset)));
            Assert.Equal(AppendAdmission.Closed, producer.Append("k", "late", sink));
        }

        await using var next = _folder.Open();
        Assert.Single(await next.ReadTopicAsync(producer.Topic, Cancellation));
    }

    [Fact]
    public async Task Closing_writes_what_is_staged()
    {
        var log = _folder.Open();
        var producer = await DeclareAsync(log);
        var sink = new RecordingSink();
        for (var i = 0; i < 5000; i++)
        {
            producer.Append("k", $"{i}", sink, new AppendToken(1, i));
        }

        await log.DisposeAsync();
        Assert.Equal(5000, sink.Outcomes.Length);
        Assert.All(sink.Outcomes, outcome => Assert.Equal(AppendStatus.Stored, outcome.Status));
        await using var next = _folder.Open();
        Assert.Equal(5001, (await next.ReadTopicAsync(producer.Topic, Cancellation)).Count);
    }

    private static async Task<IMessageProducer> DeclareAsync(EmbeddedMessageLog log, int queues = 1)
    {
        await log.DeclareTopicAsync(new TopicDeclaration("stall", queues), Cancellation);
        await log.GetProducer("stall").AppendAsync("k", "before", Cancellation);
        return log.GetProducer("stall");
    }

    // Takes the write lock and waits until the writer has run into it, with one message (token 1, 0) in its hands.
    private async Task<SqliteDatabase> StallAsync(EmbeddedMessageLog log, IMessageProducer producer, RecordingSink sink, string key = "k")
    {
        var stall = new SqliteDatabase(log.Context.Segments.All[^1].Path);
        stall.Execute("BEGIN IMMEDIATE");
        producer.Append(key, "0", sink, new AppendToken(1, 0), AppendBudget.Exempt);
        await _folder.Lines.WaitAsync(WriteFailed, Cancellation);
        return stall;
    }

    private static (string Mine, string Other) KeysOfTwoQueues() =>
        QueueSelector.Select("a"u8, 2) != QueueSelector.Select("b"u8, 2) ? ("a", "b") : throw new InvalidOperationException("Other keys are needed.");
}
