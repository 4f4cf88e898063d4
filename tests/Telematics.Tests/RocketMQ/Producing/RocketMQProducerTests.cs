using Telematics.Messaging;
using Telematics.RocketMQ;
using Telematics.RocketMQ.Producing;
using Xunit;

namespace Telematics.Tests.RocketMQ.Producing;

public sealed class RocketMQProducerTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_request_is_under_way_and_the_next_batch_grows_meanwhile()
    {
        await using var bench = new ProducerBench();
        bench.Append("0");
        var first = await bench.NextAsync();
        for (var i = 1; i < 100; i++)
        {
            bench.Append($"{i}", item: i);
        }

        Assert.True(await bench.IsSilentAsync());
        Assert.Empty(bench.Sink.Outcomes);
        first.Answer(SendVerdict.Stored, 41);
        var second = await bench.NextAsync();
        Assert.Equal(Enumerable.Range(1, 99).Select(i => $"{i}"), second.Texts);
        second.Answer(SendVerdict.Stored, 50);

        var outcomes = await bench.Sink.WaitAsync(100, Cancellation);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => new AppendOutcome(new AppendToken(0, i), AppendStatus.Stored, 0, i == 0 ? 41 : 49 + i, 0)), outcomes);
        Assert.Equal(0, bench.Producer.PendingBytes);
    }

    [Theory]
    [InlineData((int)SendVerdict.Again)]
    [InlineData((int)SendVerdict.Unknown)]
    [InlineData((int)SendVerdict.StoredOnMasterOnly)]
    [InlineData((int)SendVerdict.Suspect)]
    public async Task What_has_no_good_answer_is_sent_again_byte_for_byte_before_anything_newer(int verdict)
    {
        await using var bench = new ProducerBench();
        bench.Append("0");
        bench.Append("1");
        var first = await bench.NextAsync();
        bench.Append("2");
        first.Answer((SendVerdict)verdict);
        for (var i = 0; i < 3; i++)
        {
            var again = await bench.NextAfterAsync(Step);
            Assert.Equal(first.Body, again.Body);
            Assert.Empty(bench.Sink.Outcomes);
            again.Answer(i < 2 ? (SendVerdict)verdict : SendVerdict.Stored, 7);
        }

        for (var stored = first.Texts.Length; stored < 3;)
        {
            var newer = await bench.NextAsync();
            Assert.DoesNotContain("0", newer.Texts);
            newer.Answer(SendVerdict.Stored, 7 + stored);
            stored += newer.Texts.Length;
        }

        var outcomes = await bench.Sink.WaitAsync(3, Cancellation);
        Assert.Equal([7, 8, 9], outcomes.Select(outcome => outcome.Offset));
        Assert.All(outcomes, outcome => Assert.Equal(AppendStatus.Stored, outcome.Status));
    }

    [Fact]
    public async Task A_queue_whose_broker_is_away_does_not_hold_the_others()
    {
        await using var bench = new ProducerBench(queues: 2);
        Assert.NotEqual(QueueSelector.Select("a"u8, 2), QueueSelector.Select("b"u8, 2));
        bench.Append("away", key: "a");
        (await bench.NextAsync()).Answer(SendVerdict.Again);
        bench.Append("there", key: "b");
        var other = await bench.NextAsync();
        Assert.Equal(["there"], other.Texts);
        other.Answer(SendVerdict.Stored, 1);
        Assert.Equal(QueueSelector.Select("b"u8, 2), Assert.Single(await bench.Sink.WaitAsync(1, Cancellation)).QueueIndex);
        Assert.Equal(["away"], (await bench.NextAfterAsync(Step)).Texts);
    }

    [Theory]
    [InlineData("5")]
    [InlineData("0")]
    [InlineData("99")]
    [InlineData("17", "18", "60")]
    public async Task A_refused_message_does_not_condemn_the_others_of_its_batch(params string[] refused)
    {
        await using var bench = new ProducerBench();
        bench.Append("first");
        var first = await bench.NextAsync();
        for (var i = 0; i < 100; i++)
        {
            bench.Append($"{i}", item: i);
        }

        first.Answer(SendVerdict.Stored, 0);
        var stored = new List<string>();
        var requests = 0;
        for (var answered = 0; answered < 100; requests++)
        {
            var batch = await bench.NextAsync();
            if (batch.Texts.Intersect(refused).Any())
            {
                batch.Answer(SendVerdict.MessageRefused);
                answered += batch.Texts.Length == 1 ? 1 : 0;
            }
            else
            {
                batch.Answer(SendVerdict.Stored, 1 + stored.Count);
                stored.AddRange(batch.Texts);
                answered += batch.Texts.Length;
            }
        }

        Assert.InRange(requests, 8, 25 * refused.Length);
        var outcomes = (await bench.Sink.WaitAsync(101, Cancellation))[1..];
        Assert.Equal(Enumerable.Range(0, 100).Select(i => (long)i), outcomes.Select(outcome => outcome.Token.Item));
        Assert.Equal(refused, outcomes.Where(outcome => outcome.Status == AppendStatus.Refused).Select(outcome => $"{outcome.Token.Item}"));
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"{i}").Except(refused), stored);
        Assert.Equal(Enumerable.Range(1, 100 - refused.Length).Select(i => (long)i), outcomes.Where(outcome => outcome.Status == AppendStatus.Stored).Select(outcome => outcome.Offset));
    }

    [Fact]
    public async Task A_refusal_that_concerns_no_message_refuses_the_batch_at_once()
    {
        await using var bench = new ProducerBench();
        using var refused = new Measured(bench.MeterFactory, "telematics.rocketmq.refused");
        bench.Append("first");
        var first = await bench.NextAsync();
        bench.Append("0");
        bench.Append("1");
        first.Answer(SendVerdict.Stored, 0);
        (await bench.NextAsync()).Answer(SendVerdict.Refused);
        Assert.Equal([AppendStatus.Stored, AppendStatus.Refused, AppendStatus.Refused], (await bench.Sink.WaitAsync(3, Cancellation)).Select(outcome => outcome.Status));
        bench.Append("next");
        Assert.Equal(["next"], (await bench.NextAsync()).Texts);
        Assert.Equal(2, refused.Sum);
    }

    [Fact]
    public async Task A_message_that_makes_the_broker_fail_each_time_does_not_hold_the_queue_for_ever()
    {
        await using var bench = new ProducerBench(queues: 2);
        bench.Append("good", key: "a");
        var batch = await bench.NextAsync();
        bench.Append("bad", key: "a");
        bench.Append("good too", key: "a");
        batch.Answer(SendVerdict.Stored, 0);
        bench.Append("other", key: "b");
        var tries = 0;
        do
        {
            batch = await bench.NextAfterAsync(Step);
            if (batch.Texts.Contains("bad"))
            {
                tries++;
                batch.Answer(SendVerdict.Suspect);
            }
            else if (batch.Texts.Contains("other"))
            {
                // The broker goes on storing what other queues send.
                batch.Answer(SendVerdict.Stored, 0);
                bench.Append("other", key: "b");
                bench.Time.Advance(Step);
            }
        }
        while (!batch.Texts.Contains("good too") || batch.Texts.Contains("bad"));

        batch.Answer(SendVerdict.Stored, 1);
        Assert.Equal(35, tries); // five with its neighbour, thirty alone
        while (bench.Sink.Outcomes.Count(outcome => outcome.QueueIndex == QueueSelector.Select("a"u8, 2)) < 3)
        {
            await Task.Delay(1, Cancellation);
        }

        var outcomes = bench.Sink.Outcomes.Where(outcome => outcome.QueueIndex == QueueSelector.Select("a"u8, 2));
        Assert.Equal([AppendStatus.Stored, AppendStatus.Refused, AppendStatus.Stored], outcomes.Select(outcome => outcome.Status));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_broker_that_fails_for_every_message_costs_none_however_long_it_lasts(bool anotherBrokerStores)
    {
        string[] brokers = anotherBrokerStores ? ["broker-a", "broker-b"] : ["broker-a"];
        await using var bench = new ProducerBench(queues: 2, brokers: brokers);
        bench.Append("a0", key: "a");
        bench.Append("b0", key: "b");
        for (int triesOfA = 0, triesOfB = 0; triesOfA < 100 || triesOfB < 100;)
        {
            var batch = await bench.NextAfterAsync(Step);
            triesOfA += batch.Texts.Contains("a0") ? 1 : 0;
            triesOfB += batch.Texts.Contains("b0") ? 1 : 0;
            if (anotherBrokerStores && !batch.Texts.Contains("a0"))
            {
                batch.Answer(SendVerdict.Stored, triesOfB++);
                bench.Append("b", key: "b");
                bench.Time.Advance(Step);
            }
            else
            {
                batch.Answer(SendVerdict.Suspect);
            }
        }

        var recovered = new HashSet<string>();
        while (recovered.Count < 2)
        {
            var batch = await bench.NextAfterAsync(Step);
            batch.Answer(SendVerdict.Stored, 1000);
            recovered.Add(batch.Texts[0][..1]);
        }

        await bench.Sink.WaitAsync(2, Cancellation);
        Assert.All(bench.Sink.Outcomes, outcome => Assert.Equal(AppendStatus.Stored, outcome.Status));
    }

    [Fact]
    public async Task One_message_stored_elsewhere_while_a_broker_recovers_does_not_condemn_another()
    {
        await using var bench = new ProducerBench(queues: 2);
        bench.Append("a", key: "a");
        for (var i = 0; i < 50; i++)
        {
            (await bench.NextAfterAsync(Step)).Answer(SendVerdict.Suspect);
        }

        var late = await bench.NextAfterAsync(Step);
        bench.Append("b", key: "b");
        (await bench.NextAfterAsync(Step)).Answer(SendVerdict.Stored, 0);
        await bench.Sink.WaitAsync(1, Cancellation);
        late.Answer(SendVerdict.Suspect);
        (await bench.NextAfterAsync(Step)).Answer(SendVerdict.Stored, 0);
        Assert.All(await bench.Sink.WaitAsync(2, Cancellation), outcome => Assert.Equal(AppendStatus.Stored, outcome.Status));
    }

    [Fact]
    public async Task Copies_that_only_the_master_has_stay_few_however_long_the_slave_is_away()
    {
        await using var bench = new ProducerBench();
        bench.Append("x");
        var batch = await bench.NextAsync();
        var began = bench.Time.GetUtcNow();
        var last = began;
        var copies = 0;
        while (bench.Time.GetUtcNow() - began < TimeSpan.FromMinutes(2))
        {
            copies++;
            batch.Answer(SendVerdict.StoredOnMasterOnly);
            batch = await bench.NextAfterAsync(Step);
            Assert.True(bench.Time.GetUtcNow() - last >= TimeSpan.FromSeconds(1), "The next copy came too soon.");
            last = bench.Time.GetUtcNow();
            Assert.Empty(bench.Sink.Outcomes);
        }

        Assert.InRange(copies, 10, 30);
        batch.Answer(SendVerdict.Stored, 7);
        Assert.Equal(7, Assert.Single(await bench.Sink.WaitAsync(1, Cancellation)).Offset);
    }

    [Fact]
    public async Task Abandoning_drops_what_is_staged_and_leaves_what_is_on_its_way()
    {
        await using var bench = new ProducerBench();
        bench.Append("sent", owner: 1, item: 0);
        var first = await bench.NextAsync();
        bench.Append("dropped", owner: 1, item: 1);
        bench.Append("kept", owner: 2, item: 2);
        bench.Producer.Abandon(1);
        Assert.Equal(new AppendOutcome(new AppendToken(1, 1), AppendStatus.Abandoned, 0, -1, 0), Assert.Single(await bench.Sink.WaitAsync(1, Cancellation)));
        first.Answer(SendVerdict.Stored, 0);
        var second = await bench.NextAsync();
        Assert.Equal(["kept"], second.Texts);
        second.Answer(SendVerdict.Stored, 1);
        Assert.Equal([AppendStatus.Abandoned, AppendStatus.Stored, AppendStatus.Stored], (await bench.Sink.WaitAsync(3, Cancellation)).Select(outcome => outcome.Status));
        Assert.Equal(0, bench.Producer.PendingBytes);
    }

    [Fact]
    public async Task The_budget_turns_appends_away_until_an_outcome_frees_it()
    {
        await using var bench = new ProducerBench(new RocketMQOptions { MaxLinger = TimeSpan.Zero, QueueBudgetBytes = 64 * 1024 });
        using var turnedAway = new Measured(bench.MeterFactory, "telematics.rocketmq.turned_away");
        Assert.Equal(AppendAdmission.Taken, bench.Append(new string('x', 200_000))); // one is always taken
        var first = await bench.NextAsync();
        Assert.Equal(AppendAdmission.BudgetUsedUp, bench.Append("x"));
        Assert.Equal(AppendAdmission.Taken, bench.Append("exempt", budget: AppendBudget.Exempt));
        Assert.InRange(bench.Producer.PendingBytes, 200_000, 201_000);
        first.Answer(SendVerdict.Stored, 0);
        await bench.Sink.WaitAsync(1, Cancellation);
        Assert.Equal(AppendAdmission.Taken, bench.Append("x"));
        Assert.Equal(1, turnedAway.Sum);
    }

    [Fact]
    public async Task A_batch_takes_no_more_than_its_answer_can_name()
    {
        await using var bench = new ProducerBench();
        bench.Append("");
        var first = await bench.NextAsync();
        for (var i = 0; i < 20_000; i++)
        {
            bench.Append("", item: i);
        }

        first.Answer(SendVerdict.Stored, 0);
        for (var stored = 0; stored < 20_000;)
        {
            var batch = await bench.NextAsync();
            Assert.InRange(batch.Texts.Length, 1, 4000);
            Assert.InRange(batch.Body.Length, 1, 4_000_000);
            batch.Answer(SendVerdict.Stored, 1 + stored);
            stored += batch.Texts.Length;
        }
    }

    [Fact]
    public async Task The_largest_message_behind_a_nearly_full_batch_stays_below_what_RocketMQ_takes()
    {
        await using var bench = new ProducerBench();
        bench.Append("first");
        var first = await bench.NextAsync();
        bench.Append(new string('x', 255_000));
        Assert.Equal(AppendAdmission.Taken, bench.Append(new string('x', bench.Producer.MaxBodyLength)));
        Assert.Equal(AppendAdmission.TooLarge, bench.Append(new string('x', bench.Producer.MaxBodyLength + 1)));
        first.Answer(SendVerdict.Stored, 0);
        var batch = await bench.NextAsync();
        Assert.Equal(2, batch.Texts.Length);
        Assert.InRange(batch.Body.Length, 3_000_000, 4_000_000);
    }

    [Fact]
    public async Task Parts_that_are_too_long_are_not_taken_and_reserved_names_throw()
    {
        await using var bench = new ProducerBench();
        Assert.Equal(AppendAdmission.TooLarge, Append(new OutgoingMessage { Key = new byte[256].Select(_ => (byte)'k').ToArray() }));
        Assert.Equal(AppendAdmission.TooLarge, Append(new OutgoingMessage { Key = "k"u8, Tag = new byte[128].Select(_ => (byte)'t').ToArray() }));
        Assert.Equal(AppendAdmission.TooLarge, Append(new OutgoingMessage { Key = "k"u8, Properties = [(byte)'n', 1, .. Enumerable.Repeat((byte)'v', 32_750), 2] }));
        Assert.Throws<ArgumentException>(() => Append(new OutgoingMessage { Key = "k"u8, Properties = "DELAY\u00013\u0002"u8 }));
        Assert.Throws<ArgumentException>(() => Append(new OutgoingMessage { Key = default }));
        Assert.Equal(0, bench.Producer.PendingBytes);

        AppendAdmission Append(in OutgoingMessage message) => bench.Producer.Append(message, bench.Sink, default);
    }

    [Fact]
    public async Task Closing_sends_what_is_staged_and_takes_no_more()
    {
        await using var bench = new ProducerBench();
        bench.Append("0");
        var first = await bench.NextAsync();
        bench.Append("1");
        var closing = bench.Producer.CloseAsync();
        Assert.Equal(AppendAdmission.Closed, bench.Append("2"));
        first.Answer(SendVerdict.Stored, 0);
        (await bench.NextAsync()).Answer(SendVerdict.Stored, 1);
        await closing;
        Assert.Equal([0, 1], bench.Sink.Outcomes.Select(outcome => outcome.Offset));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Closing_while_the_broker_is_away_ends_in_time_with_outcomes_unknown(bool isAnswered)
    {
        await using var bench = new ProducerBench();
        bench.Append("0");
        var first = await bench.NextAsync();
        bench.Append("1");
        if (isAnswered)
        {
            first.Answer(SendVerdict.Again);
        }

        var closing = bench.Producer.CloseAsync();
        Assert.False(closing.IsCompleted);
        for (var waited = TimeSpan.Zero; !closing.IsCompleted; waited += Step)
        {
            bench.Time.Advance(Step);
            await Task.Delay(1, Cancellation);
            Assert.InRange(waited, TimeSpan.Zero, TimeSpan.FromMinutes(10));
        }

        await closing;
        Assert.Equal([AppendStatus.Unknown, AppendStatus.Unknown], bench.Sink.Outcomes.Select(outcome => outcome.Status));
        Assert.All(bench.Sink.Outcomes, outcome => Assert.Equal(-1, outcome.Offset));
        Assert.Equal(0, bench.Producer.PendingBytes);
    }

    [Fact]
    public async Task A_new_month_changes_the_instance_between_two_messages_of_a_batch()
    {
        await using var bench = new ProducerBench();
        bench.Append("first");
        var first = await bench.NextAsync();
        bench.Time.SetUtcNow(new DateTimeOffset(2026, 11, 30, 23, 59, 59, 999, TimeSpan.Zero));
        bench.Append("november");
        bench.Time.Advance(TimeSpan.FromMilliseconds(1));
        bench.Append("december");
        bench.Append("december too");
        first.Answer(SendVerdict.Stored, 0);
        var keys = SentBatch.Members((await bench.NextAsync()).Body).Select(member => member.UniqueKey).ToArray();
        Assert.NotEqual(keys[0][..20], keys[1][..20]);
        Assert.Equal(keys[1][..20], keys[2][..20]);
        Assert.Equal(1, string.CompareOrdinal(keys[2], keys[1]));
    }

    [Fact]
    public async Task Retries_and_sizes_are_counted()
    {
        await using var bench = new ProducerBench();
        using var retries = new Measured(bench.MeterFactory, "telematics.rocketmq.send_retries");
        using var sizes = new Measured(bench.MeterFactory, "telematics.rocketmq.send_batch_size");
        bench.Append("0");
        (await bench.NextAsync()).Answer(SendVerdict.Again);
        (await bench.NextAfterAsync(Step)).Answer(SendVerdict.Stored, 0);
        await bench.Sink.WaitAsync(1, Cancellation);
        Assert.Equal((1, "test"), Assert.Single(retries.Values));
        Assert.Equal((1, null), Assert.Single(sizes.Values));
    }
}
