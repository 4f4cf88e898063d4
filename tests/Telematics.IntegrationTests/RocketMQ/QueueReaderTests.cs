using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using Telematics.Messaging;
using Xunit;

namespace Telematics.IntegrationTests.RocketMQ;

/// <summary>A reader on a real broker.</summary>
public sealed class QueueReaderTests : IAsyncLifetime
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    private ReadingHarness _harness = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _harness = new ReadingHarness(await RocketMQServers.GetAsync());

    public ValueTask DisposeAsync() => _harness?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Fact]
    public async Task What_was_just_acknowledged_is_read_without_wait()
    {
        var topic = await _harness.CreateTopicAsync(1);
        var queue = (await _harness.QueuesAsync(topic))[0];
        await using var reader = await _harness.OpenReaderAsync(topic);
        for (var i = 0; i < 300; i++)
        {
            var offset = await _harness.SendAsync(queue, $"{i}");
            var result = await reader.ReadAsync(offset, 10, 1 << 20, TimeSpan.Zero, Cancellation);
            using var batch = result.Batch;
            Assert.Equal((ReadStatus.Messages, $"{i}"), (result.Status, Encoding.UTF8.GetString(batch![0].Body)));
            Assert.Equal(("k", $"{i}".Length.ToString(CultureInfo.InvariantCulture)), (Encoding.UTF8.GetString(batch[0].Key), batch[0].Properties.GetString("own"u8)));
        }
    }

    [Fact]
    public async Task A_held_pull_is_answered_when_a_message_arrives()
    {
        var topic = await _harness.CreateTopicAsync(1);
        var queue = (await _harness.QueuesAsync(topic))[0];
        await using var reader = await _harness.OpenReaderAsync(topic);
        var latencies = new List<TimeSpan>();
        var offset = 0L;
        for (var i = 0; i < 20; i++)
        {
            var read = reader.ReadAsync(offset, 10, 1 << 20, Long, Cancellation).AsTask();
            await Task.Delay(30, Cancellation);
            Assert.False(read.IsCompleted);
            var watch = Stopwatch.StartNew();
            await _harness.SendAsync(queue, "x");
            var result = await read;
            latencies.Add(watch.Elapsed);
            result.Batch!.Dispose();
            offset = result.NextOffset;
        }

        // Held pulls are looked at every 5 s; only the notice of an arrival is quicker.
        Assert.True(latencies.Order().ElementAt(10) < TimeSpan.FromSeconds(1), string.Join(' ', latencies));
    }

    [Fact]
    public async Task A_short_wait_at_the_end_is_short()
    {
        var topic = await _harness.CreateTopicAsync(1);
        await using var reader = await _harness.OpenReaderAsync(topic);
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(new ReadResult(ReadStatus.Nothing, null, 0, 0), await reader.ReadAsync(0, 10, 1 << 20, TimeSpan.FromMilliseconds(50), Cancellation));
        }

        Assert.InRange(watch.Elapsed, TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(4));
    }

    [Fact]
    public async Task Tags_of_equal_hash_are_told_apart()
    {
        var topic = await _harness.CreateTopicAsync(1);
        var queue = (await _harness.QueuesAsync(topic))[0];
        foreach (var tag in new[] { "Aa", "BB", "Cc", "", "Aa", "x" })
        {
            await _harness.SendAsync(queue, $"of {tag}", tag);
        }

        await using var reader = await _harness.OpenReaderAsync(topic, TagFilter.AnyOf("Aa", "Cc"));
        var (offset, bodies) = (0L, new List<string>());
        while (offset < 6)
        {
            var result = await reader.ReadAsync(offset, 10, 1 << 20, TimeSpan.Zero, Cancellation);
            using var batch = result.Batch;
            for (var i = 0; i < batch?.Count; i++)
            {
                bodies.Add(Encoding.UTF8.GetString(batch[i].Body));
            }

            offset = result.NextOffset;
        }

        Assert.Equal(["of Aa", "of Cc", "of Aa"], bodies);
    }

    [Fact]
    public async Task Beyond_the_end_is_said_of_a_queue_with_and_without_messages()
    {
        var topic = await _harness.CreateTopicAsync(2);
        var queues = await _harness.QueuesAsync(topic);
        await _harness.SendAsync(queues[0], "x");
        foreach (var (queue, end) in new[] { (0, 1L), (1, 0L) })
        {
            await using var reader = await _harness.OpenReaderAsync(topic, queue: queue);
            var result = await reader.ReadAsync(5000, 10, 1 << 20, TimeSpan.Zero, Cancellation);
            Assert.Equal((ReadStatus.BeyondEnd, end), (result.Status, result.EndOffset));
        }
    }

    [Fact]
    public async Task A_compressed_body_comes_back_open()
    {
        var topic = await _harness.CreateTopicAsync(1);
        var queue = (await _harness.QueuesAsync(topic))[0];
        var text = new string('y', 10_000);
        var stream = new MemoryStream();
        using (var zlib = new ZLibStream(stream, CompressionLevel.Fastest, leaveOpen: true))
        {
            zlib.Write(Encoding.UTF8.GetBytes(text));
        }

        await _harness.SendAsync(queue, "", sysFlag: 0x301, bytes: stream.ToArray());
        await using var reader = await _harness.OpenReaderAsync(topic);
        using var batch = (await reader.ReadAsync(0, 10, 1 << 20, Long, Cancellation)).Batch;
        Assert.Equal(text, Encoding.UTF8.GetString(batch![0].Body));
    }

    [Fact]
    public async Task A_deleted_topic_is_an_error_that_says_so()
    {
        var topic = await _harness.CreateTopicAsync(1);
        await _harness.SendAsync((await _harness.QueuesAsync(topic))[0], "x");
        await using var reader = await _harness.OpenReaderAsync(topic);
        (await reader.ReadAsync(0, 10, 1 << 20, Long, Cancellation)).Batch!.Dispose();
        await _harness.Cluster.AdminAsync(["deleteTopic", "-c", _harness.Cluster.Name, "-t", topic]);
        var fault = await Assert.ThrowsAsync<MessageLogException>(() => reader.ReadAsync(1, 10, 1 << 20, TimeSpan.Zero, Cancellation).AsTask());
        Assert.Contains(topic, fault.Message, StringComparison.Ordinal);
        Assert.Contains("deleted", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_of_the_admin_tool_is_read()
    {
        var topic = await _harness.CreateTopicAsync(1);
        await using var reader = await _harness.OpenReaderAsync(topic);
        var read = reader.ReadAsync(0, 10, 1 << 20, Long, Cancellation);
        await _harness.Cluster.AdminAsync(["sendMessage", "-t", topic, "-p", "by the tool", "-c", "toolTag", "-k", "toolKey"]);
        using var batch = (await read).Batch!;
        Assert.Equal(("by the tool", "toolTag", "toolKey"), (Encoding.UTF8.GetString(batch[0].Body), Encoding.UTF8.GetString(batch[0].Tag), Encoding.UTF8.GetString(batch[0].Key)));
        Assert.Equal((0, 0), (batch[0].ProducerInstance.Length, batch[0].Properties.Encoded.Length));
    }

    [Fact]
    public async Task A_killed_broker_is_read_on_when_it_is_back_and_loses_nothing_that_was_acknowledged()
    {
        using var killable = await KillableRocketMQ.RentAsync();
        var rocketMQ = killable.Servers;
        await using var harness = new ReadingHarness(rocketMQ.Cluster);
        var topic = await harness.CreateTopicAsync(1);
        var queue = (await harness.QueuesAsync(topic))[0];
        await using var reader = await harness.OpenReaderAsync(topic);
        for (var i = 0; i < 100; i++)
        {
            await harness.SendAsync(queue, $"{i}");
        }

        var (offset, bodies) = (0L, new List<string>());
        await ReadToAsync(50, 10);
        await using var waiter = await harness.OpenReaderAsync(topic);
        var waiting = waiter.ReadAsync(100, 10, 1 << 20, TimeSpan.FromMinutes(5), Cancellation).AsTask();
        await Task.Delay(200, Cancellation);
        await rocketMQ.Brokers[0].KillAsync();
        var away = await Assert.ThrowsAsync<MessageLogException>(async () => await (await harness.OpenReaderAsync(topic)).ReadAsync(100, 10, 1 << 20, TimeSpan.FromMilliseconds(500), Cancellation));
        Assert.Contains("cannot be read", away.Message, StringComparison.Ordinal);
        await rocketMQ.Brokers[0].StartAsync();
        await ReadToAsync(100, 200);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"{i}"), bodies);

        // At the end a read says nothing only when the broker, which has just recovered its index, says where the end is.
        Assert.Equal(new ReadResult(ReadStatus.Nothing, null, 100, 100), await reader.ReadAsync(100, 10, 1 << 20, TimeSpan.Zero, Cancellation));
        Assert.Equal(100, await harness.SendAsync(queue, "after"));
        using var batch = (await waiting).Batch;
        Assert.Equal("after", Encoding.UTF8.GetString(batch![0].Body));

        async Task ReadToAsync(long end, int maxMessages)
        {
            while (offset < end)
            {
                var result = await reader.ReadAsync(offset, maxMessages, 1 << 20, Long, Cancellation);
                using var batch = result.Batch!;
                for (var i = 0; i < batch.Count; i++)
                {
                    bodies.Add(Encoding.UTF8.GetString(batch[i].Body));
                }

                offset = result.NextOffset;
            }
        }
    }

    [Fact]
    public async Task What_retention_removed_is_trimmed()
    {
        await using var harness = new ReadingHarness(await RocketMQServers.GetTightAsync());
        var topic = await harness.CreateTopicAsync(1);
        var queue = (await harness.QueuesAsync(topic))[0];
        for (var i = 0; i < 400; i++)
        {
            await harness.SendAsync(queue, "", bytes: new byte[20_000]);
        }

        await using var reader = await harness.OpenReaderAsync(topic);
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var result = await reader.ReadAsync(0, 1, 1 << 20, Long, Cancellation);
            if (result.Status == ReadStatus.Trimmed)
            {
                Assert.InRange(result.NextOffset, 1, 399);
                var next = await reader.ReadAsync(result.NextOffset, 1, 1 << 20, Long, Cancellation);
                if (next.Status == ReadStatus.Messages)
                {
                    using var batch = next.Batch;
                    Assert.Equal(result.NextOffset, batch![0].Offset);
                    return;
                }
            }

            result.Batch?.Dispose();
            Assert.True(watch.Elapsed < TimeSpan.FromMinutes(3), "Retention removed nothing.");
            await Task.Delay(500, Cancellation);
        }
    }
}
