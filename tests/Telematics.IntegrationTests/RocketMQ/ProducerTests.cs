using System.Globalization;
using System.Text;
using Telematics.Messaging;
using Telematics.RocketMQ.Producing;
using Xunit;

namespace Telematics.IntegrationTests.RocketMQ;

/// <summary>What the producer promises, on a real broker.</summary>
public sealed class ProducerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Messages_of_many_threads_are_there_once_in_order_at_the_offsets_that_the_outcomes_name()
    {
        const int Threads = 4;
        const int Each = 5000;
        await using var harness = await ProducingHarness.CreateAsync(await RocketMQServers.GetAsync(), 3);
        var outcomes = new OutcomeTable();
        var threads = Enumerable.Range(0, Threads).Select(thread => new Thread(() =>
        {
            for (var i = 0; i < Each; i++)
            {
                var item = (thread * Each) + i;
                Append(harness, outcomes, $"car-{thread}-{i % 5}", item, AppendBudget.Exempt);
            }
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        await outcomes.WaitAsync(Threads * Each, Cancellation);
        Assert.Equal(0, outcomes.Doubles);

        var read = 0;
        foreach (var queue in harness.Queues)
        {
            var stored = outcomes.Outcomes.Values.Where(outcome => outcome.QueueIndex == queue.Index).ToArray();
            Assert.All(stored, outcome => Assert.Equal(AppendStatus.Stored, outcome.Status));
            var messages = await harness.ReadAsync(queue, stored.Length);
            AssertInOrder(messages);
            Assert.All(messages, message => Assert.Equal(queue.Index, QueueSelector.Select(Encoding.UTF8.GetBytes(message.Key), 3)));
            Assert.Equal(stored.OrderBy(outcome => outcome.Offset).Select(outcome => (outcome.Offset, $"{outcome.Token.Item}")), messages.Select(message => (message.Offset, message.Body)));
            read += messages.Count;
        }

        Assert.Equal(Threads * Each, read);
    }

    [Fact]
    public async Task RocketMQs_own_tool_finds_a_message_by_its_key_and_by_its_id()
    {
        var cluster = await RocketMQServers.GetAsync();
        await using var harness = await ProducingHarness.CreateAsync(cluster, 1);
        var outcomes = new OutcomeTable();
        var key = $"car-{Guid.NewGuid():N}";
        Append(harness, outcomes, "another", 0);
        Append(harness, outcomes, key, 1);
        await outcomes.WaitAsync(2, Cancellation);
        var message = (await harness.ReadAsync(harness.Queues[0], 2)).Single(message => message.Key == key);

        var byKey = "";
        for (var attempt = 0; attempt < 10 && !byKey.Contains(message.UniqueKey, StringComparison.Ordinal); attempt++)
        {
            byKey = await cluster.AdminAsync(["queryMsgByKey", "-t", harness.Topic, "-k", key]); // the index is built a moment later
        }

        Assert.Contains(message.UniqueKey, byKey, StringComparison.Ordinal);
        var byUniqueKey = await cluster.AdminAsync(["queryMsgByUniqueKey", "-t", harness.Topic, "-i", message.UniqueKey]);
        Assert.Contains(key, byUniqueKey, StringComparison.Ordinal);

        var sent = await harness.Sender.SendAsync(new RocketMQMessage { Topic = harness.Topic, Body = "single"u8.ToArray(), Keys = ["single-key"] }, Cancellation);
        var byId = await cluster.AdminAsync(["queryMsgById", "-t", harness.Topic, "-i", sent.OffsetMessageId]);
        Assert.Contains("single-key", byId, StringComparison.Ordinal);
        Assert.Contains(sent.MessageId, byId, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RocketMQs_own_tool_consumes_what_was_sent()
    {
        var cluster = await RocketMQServers.GetAsync();
        await using var harness = await ProducingHarness.CreateAsync(cluster, 1);
        var outcomes = new OutcomeTable();
        for (var i = 0; i < 5; i++)
        {
            Append(harness, outcomes, "car", 1000 + i);
        }

        await outcomes.WaitAsync(5, Cancellation);
        var messages = await harness.ReadAsync(harness.Queues[0], 5);
        var consumed = await cluster.AdminAsync(["consumeMessage", "-t", harness.Topic, "-b", "broker-a", "-i", "0", "-o", "0", "-c", "5"]);
        Assert.All(messages, message => Assert.Matches($"{message.UniqueKey}.* BODY: {message.Body}\\b", consumed));
    }

    [Fact]
    public async Task The_largest_message_and_an_empty_one_are_stored()
    {
        await using var harness = await ProducingHarness.CreateAsync(await RocketMQServers.GetAsync(), 1);
        var outcomes = new OutcomeTable();
        byte[][] bodies = [[1], new byte[255_000], new byte[harness.Producer.MaxBodyLength], []];
        for (var i = 0; i < bodies.Length; i++)
        {
            Assert.Equal(AppendAdmission.Taken, harness.Producer.Append(new OutgoingMessage { Key = "k"u8, Body = bodies[i] }, outcomes, new AppendToken(0, i)));
        }

        await outcomes.WaitAsync(bodies.Length, Cancellation);
        Assert.All(outcomes.Outcomes.Values, outcome => Assert.Equal(AppendStatus.Stored, outcome.Status));
        Assert.Equal(bodies.Select(body => body.Length), (await harness.ReadAsync(harness.Queues[0], bodies.Length)).Select(message => message.Body.Length));
    }

    [Fact]
    public async Task A_message_that_the_broker_takes_not_is_refused_and_its_neighbours_are_stored()
    {
        await using var harness = await ProducingHarness.CreateAsync(await RocketMQServers.GetTightAsync(), 1);
        var outcomes = new OutcomeTable();
        for (var i = 0; i < 20; i++)
        {
            var body = i == 7 ? new byte[150_000] : new byte[1000];
            Assert.Equal(AppendAdmission.Taken, harness.Producer.Append(new OutgoingMessage { Key = "k"u8, Body = body }, outcomes, new AppendToken(0, i)));
        }

        await outcomes.WaitAsync(20, Cancellation);
        Assert.Equal([7L], outcomes.Outcomes.Values.Where(outcome => outcome.Status == AppendStatus.Refused).Select(outcome => outcome.Token.Item));
        Assert.Equal(19, outcomes.Outcomes.Values.Count(outcome => outcome.Status == AppendStatus.Stored));
        Assert.Equal(19, (await harness.ReadAsync(harness.Queues[0], 19)).Count);
    }

    [Fact]
    public async Task Delayed_messages_come_when_they_are_due()
    {
        await using var harness = await ProducingHarness.CreateAsync(await RocketMQServers.GetAsync(), 1);
        var now = DateTimeOffset.UtcNow;
        var timed = await harness.Sender.SendAsync(Message("timed") with { DeliverAt = now.AddSeconds(4) }, Cancellation);
        await harness.Sender.SendAsync(Message("level") with { DelayLevel = 1 }, Cancellation);
        await harness.Sender.SendAsync(Message("large") with { Body = Encoding.ASCII.GetBytes(new string('x', 10_000)) }, Cancellation);
        var messages = await harness.ReadAsync(harness.Queues[0], 3);
        Assert.Equal(["red", "red", "red"], messages.Select(message => message.Colour));
        Assert.Equal([new string('x', 10_000), "level", "timed"], messages.Select(message => message.Body));
        Assert.InRange(messages[1].StoreTime, now.AddSeconds(0.9).ToUnixTimeMilliseconds(), now.AddSeconds(30).ToUnixTimeMilliseconds());
        Assert.InRange(messages[2].StoreTime, now.AddSeconds(2.9).ToUnixTimeMilliseconds(), now.AddSeconds(34).ToUnixTimeMilliseconds());
        Assert.All(messages, message => Assert.Equal("", message.Instance)); // not to be judged for repeats
        Assert.Equal(32, timed.MessageId.Length);

        var refused = await Assert.ThrowsAsync<RocketMQSendException>(() => harness.Sender.SendAsync(Message("late") with { DeliverAt = now.AddDays(30) }, Cancellation));
        Assert.False(refused.MayBeStored);

        RocketMQMessage Message(string body) => new() { Topic = harness.Topic, Body = Encoding.ASCII.GetBytes(body), Properties = new Dictionary<string, string> { ["colour"] = "red" } };
    }

    [Fact]
    public async Task A_broker_killed_in_mid_stream_loses_nothing_that_was_acknowledged_and_repeats_are_told_by_their_numbers()
    {
        using var killable = await KillableRocketMQ.RentAsync();
        var rocketMQ = killable.Servers;
        await using var harness = await ProducingHarness.CreateAsync(rocketMQ.Cluster, 4);
        var outcomes = new OutcomeTable();
        var appended = 0;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var appending = AppendUntilStoppedAsync();

        for (var kill = 0; kill < 2; kill++)
        {
            var before = outcomes.Outcomes.Count;
            await Task.Delay(2000, Cancellation);
            Assert.True(outcomes.Outcomes.Count > before, "nothing was stored before the kill");
            await rocketMQ.Brokers[0].KillAsync();
            await Task.Delay(500, Cancellation);
            await rocketMQ.Brokers[0].StartAsync();
        }

        await Task.Delay(2000, Cancellation);
        await stop.CancelAsync();
        await appending;
        await outcomes.WaitAsync(appended, Cancellation);
        Assert.Equal(0, outcomes.Doubles);
        Assert.All(outcomes.Outcomes.Values, outcome => Assert.Equal(AppendStatus.Stored, outcome.Status));

        var found = 0;
        foreach (var queue in harness.Queues)
        {
            var stored = outcomes.Outcomes.Values.Where(outcome => outcome.QueueIndex == queue.Index).ToArray();
            var messages = await harness.ReadAsync(queue, stored.Length);
            var byOffset = messages.ToDictionary(message => message.Offset, message => message.Body);
            Assert.All(stored, outcome => Assert.Equal($"{outcome.Token.Item}", byOffset.GetValueOrDefault(outcome.Offset)));

            var highest = new Dictionary<string, long>();
            var judged = new List<ProducedMessage>();
            foreach (var message in messages)
            {
                Assert.NotEqual("", message.Instance);
                if (message.Number > highest.GetValueOrDefault(message.Instance, -1))
                {
                    highest[message.Instance] = message.Number;
                    judged.Add(message);
                }
            }

            AssertInOrder(judged);
            Assert.Equal(stored.Select(outcome => outcome.Token.Item).Order(), judged.Select(message => long.Parse(message.Body, CultureInfo.InvariantCulture)).Order());
            found += judged.Count;
        }

        Assert.Equal(appended, found);

        async Task AppendUntilStoppedAsync()
        {
            while (!stop.IsCancellationRequested)
            {
                for (var i = 0; i < 50; i++)
                {
                    while (Append(harness, outcomes, $"car-{appended % 40}", appended) == AppendAdmission.BudgetUsedUp)
                    {
                        await outcomes.WaitForSomeAsync(Cancellation);
                    }

                    appended++;
                }

                await Task.Delay(5, Cancellation);
            }
        }
    }

    private static AppendAdmission Append(ProducingHarness harness, OutcomeTable outcomes, string key, long item, AppendBudget budget = AppendBudget.Queue) =>
        harness.Producer.Append(
            new OutgoingMessage { Key = Encoding.UTF8.GetBytes(key), Body = Encoding.ASCII.GetBytes(item.ToString(CultureInfo.InvariantCulture)) },
            outcomes,
            new AppendToken(0, item),
            budget);

    private static void AssertInOrder(IEnumerable<ProducedMessage> messages)
    {
        foreach (var key in messages.GroupBy(message => message.Key))
        {
            var numbers = key.Select(message => long.Parse(message.Body, CultureInfo.InvariantCulture)).ToArray();
            Assert.Equal(numbers.Order(), numbers);
        }
    }
}
