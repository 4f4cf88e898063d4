using System.Text;
using Telematics.Messaging;
using Xunit;

namespace Telematics.Tests.Messaging;

public abstract partial class MessageLogCompliance
{
    [Fact]
    public async Task Messages_of_one_key_keep_their_order()
    {
        var topic = await DeclareAsync();
        var producer = Log.GetProducer(topic);
        var sink = new RecordingSink();
        for (var i = 0; i < 1000; i++)
        {
            Assert.Equal(AppendAdmission.Taken, producer.Append($"car-{i % 10}", $"{i}", sink));
        }

        await sink.WaitAsync(1000, Cancellation);
        var messages = await Log.ReadTopicAsync(topic, Cancellation);
        Assert.Equal(1000, messages.Count);
        foreach (var car in messages.GroupBy(message => message.Key))
        {
            var numbers = car.Select(message => int.Parse(message.Body, System.Globalization.CultureInfo.InvariantCulture)).ToArray();
            Assert.Equal(numbers.Order(), numbers);
        }
    }

    [Fact]
    public async Task A_key_selects_the_queue_as_RocketMQ_does()
    {
        var topic = await DeclareAsync();
        var outcome = await Log.GetProducer(topic).AppendAsync("car-1", "x", Cancellation);
        Assert.Equal(QueueSelector.Select("car-1"u8, Log.GetQueues(topic).Count), outcome.QueueIndex);
        Assert.Equal("x", Assert.Single(await Log.ReadAllAsync(Log.GetQueues(topic)[outcome.QueueIndex], Cancellation, outcome.Offset)).Body);
    }

    [Fact]
    public async Task An_empty_body_stays_empty()
    {
        var topic = await DeclareAsync(1);
        await Log.GetProducer(topic).AppendAsync("k", "", Cancellation);
        Assert.Equal("", Assert.Single(await Log.ReadTopicAsync(topic, Cancellation)).Body);
    }

    [Fact]
    public async Task Properties_tag_and_key_come_back_as_they_were()
    {
        var topic = await DeclareAsync(1);
        var properties = WriteProperties();
        await Log.GetProducer(topic).AppendAsync("käy", Encoding.UTF8.GetBytes("body"), "tag", properties, Cancellation);
        var message = Assert.Single(await Log.ReadTopicAsync(topic, Cancellation));
        var read = new MessageProperties(message.Properties);
        Assert.Equal(("käy", "tag", "body"), (message.Key, message.Tag, message.Body));
        Assert.Equal("/car-1", read.GetString("mqttSecondTopic"u8));
        Assert.Equal("", read.GetString("empty"u8));
        Assert.Equal("-42", read.GetString("number"u8));
        Assert.Null(read.GetString("absent"u8));

        static byte[] WriteProperties()
        {
            var writer = new MessagePropertiesWriter(new byte[100]);
            writer.Add("mqttSecondTopic"u8, "/car-1");
            writer.Add("empty"u8, "");
            writer.Add("number"u8, -42);
            return writer.Written.ToArray();
        }
    }

    [Fact]
    public async Task A_large_body_comes_back_whole()
    {
        var topic = await DeclareAsync(1);
        var body = new byte[64 * 1024];
        Random.Shared.NextBytes(body);
        for (var i = 0; i < 20; i++)
        {
            await Log.GetProducer(topic).AppendAsync("k", body, cancellationToken: Cancellation);
        }

        await using var reader = Log.OpenReader(Log.GetQueues(topic)[0], TagFilter.All);
        var offset = 0L;
        for (var i = 0; i < 20; i++)
        {
            var result = await reader.ReadAsync(offset, 1, 1, TimeSpan.FromSeconds(10), Cancellation);
            using (result.Batch)
            {
                Assert.True(result.Batch![0].Body.SequenceEqual(body));
            }

            offset = result.NextOffset;
        }
    }

    [Fact]
    public async Task A_body_longer_than_the_log_takes_is_not_taken()
    {
        var topic = await DeclareAsync(1);
        var producer = Log.GetProducer(topic);
        var sink = new RecordingSink();
        Assert.Equal(AppendAdmission.TooLarge, producer.Append(new OutgoingMessage { Key = "k"u8, Body = new byte[producer.MaxBodyLength + 1] }, sink, default));
        await producer.AppendAsync("k", "x", Cancellation);
        Assert.Empty(sink.Outcomes);
    }

    [Fact]
    public async Task Every_taken_append_gets_one_outcome_with_its_own_token()
    {
        var topic = await DeclareAsync();
        var producer = Log.GetProducer(topic);
        var sinks = Enumerable.Range(0, 3).Select(_ => new RecordingSink()).ToArray();
        for (var i = 0; i < 3000; i++)
        {
            producer.Append($"car-{i}", $"{i}", sinks[i % 3], new AppendToken(i % 7, i), AppendBudget.Exempt);
        }

        foreach (var sink in sinks)
        {
            await sink.WaitAsync(1000, Cancellation);
        }

        await producer.AppendAsync("car-1", "last", Cancellation);
        for (var s = 0; s < 3; s++)
        {
            var outcomes = sinks[s].Outcomes;
            Assert.All(outcomes, outcome => Assert.Equal(AppendStatus.Stored, outcome.Status));
            Assert.Equal(Enumerable.Range(0, 1000).Select(i => (long)(i * 3) + s), outcomes.Select(outcome => outcome.Token.Item).Order());
            Assert.All(outcomes, outcome => Assert.Equal(outcome.Token.Item % 7, outcome.Token.Owner));
        }
    }

    [Fact]
    public async Task Outcomes_of_a_queue_come_in_the_order_of_the_appends_and_name_the_offset()
    {
        var topic = await DeclareAsync(1);
        var producer = Log.GetProducer(topic);
        var sink = new RecordingSink();
        for (var i = 0; i < 2000; i++)
        {
            producer.Append("k", $"{i}", sink, new AppendToken(1, i), AppendBudget.Exempt);
        }

        var outcomes = await sink.WaitAsync(2000, Cancellation);
        Assert.Equal(Enumerable.Range(0, 2000).Select(i => (long)i), outcomes.Select(outcome => outcome.Token.Item));
        var messages = await Log.ReadTopicAsync(topic, Cancellation);
        Assert.Equal(messages.Select(message => message.Offset), outcomes.Select(outcome => outcome.Offset));
        Assert.All(messages.Zip(outcomes), pair => Assert.True(pair.Second.StoreTime == pair.First.StoreTime || pair.Second.StoreTime == 0)); // not every log is told
    }

    [Fact]
    public async Task What_was_acknowledged_is_read_again_after_a_restart()
    {
        var topic = await DeclareAsync(2);
        for (var i = 0; i < 50; i++)
        {
            await Log.GetProducer(topic).AppendAsync($"car-{i}", $"{i}", Cancellation);
        }

        var before = await Log.ReadTopicAsync(topic, Cancellation);
        var identity = Log.Identity;
        await ReopenAsync();
        await Log.DeclareTopicAsync(new TopicDeclaration(topic, 2), Cancellation);
        Assert.Equal(identity, Log.Identity);
        var after = await Log.ReadTopicAsync(topic, Cancellation);
        Assert.Equal(50, after.Count);
        Assert.Equal(before.Select(Plain), after.Select(Plain));
        await Log.GetProducer(topic).AppendAsync("car-0", "next", Cancellation);
        Assert.Equal(51, (await Log.ReadTopicAsync(topic, Cancellation)).Count);

        static (long, long, string, string, string, long) Plain(StoredMessage message) =>
            (message.Offset, message.StoreTime, message.Key, message.Body, Convert.ToHexString(message.ProducerInstance), message.ProducerNumber);
    }

    [Fact]
    public async Task Producer_numbers_grow_in_a_queue_and_the_instance_is_new_at_each_start()
    {
        var topic = await DeclareAsync(1);
        await AppendManyAsync(300);
        await ReopenAsync();
        await Log.DeclareTopicAsync(new TopicDeclaration(topic, 1), Cancellation);
        await AppendManyAsync(300);

        var instances = (await Log.ReadTopicAsync(topic, Cancellation)).GroupBy(message => Convert.ToHexString(message.ProducerInstance)).ToArray();
        Assert.Equal(2, instances.Length);
        foreach (var instance in instances)
        {
            Assert.Equal(20, instance.Key.Length);
            var numbers = instance.Select(message => message.ProducerNumber).ToArray();
            Assert.Equal(300, numbers.Distinct().Count());
            Assert.Equal(numbers.Order(), numbers);
            Assert.All(numbers, number => Assert.InRange(number, 1, (1L << 48) - 1));
        }

        async Task AppendManyAsync(int count)
        {
            var sink = new RecordingSink();
            for (var i = 0; i < count; i++)
            {
                Log.GetProducer(topic).Append("k", $"{i}", sink, default, AppendBudget.Exempt);
            }

            await sink.WaitAsync(count, Cancellation);
        }
    }

    [Fact]
    public async Task Many_producers_at_once_lose_and_double_nothing()
    {
        const int Threads = 8;
        const int Each = 2500;
        var topic = await DeclareAsync();
        var producer = Log.GetProducer(topic);
        var sink = new RecordingSink();
        var threads = Enumerable.Range(0, Threads).Select(thread => new Thread(() =>
        {
            for (var i = 0; i < Each; i++)
            {
                producer.Append($"{thread}-{i % 5}", $"{thread}:{i}", sink, new AppendToken(thread, i), AppendBudget.Exempt);
            }
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        await sink.WaitAsync(Threads * Each, Cancellation);

        var messages = await Log.ReadTopicAsync(topic, Cancellation);
        Assert.Equal(Threads * Each, messages.Count);
        Assert.Equal(Threads * Each, messages.Select(message => message.Body).Distinct().Count());
        foreach (var key in messages.GroupBy(message => message.Key))
        {
            var numbers = key.Select(message => int.Parse(message.Body.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture)).ToArray();
            Assert.Equal(numbers.Order(), numbers);
        }
    }

    [Fact]
    public async Task Abandoning_an_owner_that_has_nothing_here_changes_nothing()
    {
        var topic = await DeclareAsync();
        var producer = Log.GetProducer(topic);
        producer.Abandon(17);
        Assert.Equal(AppendStatus.Stored, (await producer.AppendAsync("k", "x", Cancellation)).Status);
    }

    [Fact]
    public async Task An_abandoned_append_has_one_outcome_and_is_read_only_if_that_is_stored()
    {
        var topic = await DeclareAsync(1);
        var producer = Log.GetProducer(topic);
        var sink = new RecordingSink();
        for (var i = 0; i < 2000; i++)
        {
            producer.Append("k", $"{i}", sink, new AppendToken(i % 2, i), AppendBudget.Exempt);
            if (i % 100 == 99)
            {
                producer.Abandon(1);
            }
        }

        var outcomes = await sink.WaitAsync(2000, Cancellation);
        await producer.AppendAsync("k", "end", Cancellation);
        Assert.Equal(2000, sink.Outcomes.Length);
        Assert.Equal(2000, outcomes.Select(outcome => outcome.Token.Item).Distinct().Count());
        Assert.All(outcomes.Where(outcome => outcome.Token.Owner == 0), outcome => Assert.Equal(AppendStatus.Stored, outcome.Status));
        var stored = outcomes.Where(outcome => outcome.Status == AppendStatus.Stored).Select(outcome => $"{outcome.Token.Item}");
        var read = (await Log.ReadTopicAsync(topic, Cancellation)).Select(message => message.Body);
        Assert.Equal([.. stored, "end"], read);
    }
}
