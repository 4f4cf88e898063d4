using Microsoft.EntityFrameworkCore;
using Telematics.Contracts;
using Telematics.Contracts.Telemetry;
using Telematics.Messaging;
using Telematics.Storage.Model;
using Xunit;

namespace Telematics.Tests.Storage;

public sealed class TransactionalConsumerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_damaged_record_with_a_damaged_store_time_does_not_end_the_process()
    {
        await using var bench = await ConsumerBench.CreateAsync();
        bench.Append("a");
        bench.Append("b");
        bench.Log.Damage(bench.Queue, new UndecodableRecord(0, 1L << 51, "its body does not have the stored checksum", [1]));
        var consumer = await bench.StartAsync(new RecordingHandler());
        await Task.WhenAny(consumer.Completion, bench.UntilOffsetAsync(2));
        Assert.False(consumer.Completion.IsFaulted, consumer.Completion.Exception?.ToString());
    }

    [Fact]
    public async Task Messages_and_offset_are_committed_together_and_a_new_consumer_goes_on_behind_them()
    {
        await using var bench = await ConsumerBench.CreateAsync();
        bench.Append("a");
        bench.Append("b");
        var first = await bench.StartAsync(new RecordingHandler());
        await bench.UntilOffsetAsync(2);
        await first.DisposeAsync();
        bench.Append("c");
        await bench.StartAsync(new RecordingHandler());
        await bench.UntilOffsetAsync(3);
        Assert.Equal(["a", "b", "c"], (await bench.CommittedAsync()).Order());
        await using var db = bench.Database.Database.CreateReader();
        var offset = await db.ConsumerOffsets.SingleAsync(Token);
        Assert.Equal((3, 2, bench.Log.Now - 1), (offset.NextOffset, offset.LastOffset, offset.LastStoreTime));
    }

    [Fact]
    public async Task A_failed_transaction_is_rolled_back_whole_and_comes_again()
    {
        await using var bench = await ConsumerBench.CreateAsync();
        var failures = 0;
        var handler = new RecordingHandler { BeforeCommit = () => failures++ < 2 ? throw new IOException("disk") : Task.CompletedTask };
        bench.Append("a");
        bench.Append("b");
        await bench.StartAsync(handler);
        await bench.UntilOffsetAsync(2);
        Assert.Equal(["a", "b"], (await bench.CommittedAsync()).Order());
        Assert.Equal(2, handler.Resets);
        Assert.Single(handler.Committed);
    }

    [Fact]
    public async Task A_log_that_cannot_be_read_is_waited_for()
    {
        await using var bench = await ConsumerBench.CreateAsync();
        var handler = new RecordingHandler();
        await bench.StartAsync(handler);
        bench.Log.Fault = new MessageLogException("away");
        bench.Append("a");
        await ConsumerBench.UntilAsync(() => Task.FromResult(handler.Resets >= 3));
        bench.Log.Fault = null;
        await bench.UntilOffsetAsync(1);
        Assert.Equal(["a"], await bench.CommittedAsync());
    }

    [Fact]
    public async Task A_producers_repeat_is_left_out_within_a_batch_across_batches_and_across_owners()
    {
        await using var bench = await ConsumerBench.CreateAsync();
        var producer = "producer-1"u8.ToArray();
        bench.Append("a", producer, 10);
        bench.Append("a-again", producer, 10);
        bench.Append("b", producer, 12);
        var first = await bench.StartAsync(new RecordingHandler(), maxMessages: 2);
        await bench.UntilOffsetAsync(3);
        bench.Append("b-again", producer, 12);
        bench.Append("other", "producer-2"u8.ToArray(), 1);
        await bench.UntilOffsetAsync(5);
        await first.DisposeAsync();
        bench.Append("a-late", producer, 11);
        bench.Append("c", producer, 13);
        await bench.StartAsync(new RecordingHandler());
        await bench.UntilOffsetAsync(7);
        Assert.Equal(["a", "b", "c", "other"], (await bench.CommittedAsync()).Order());
    }

    [Fact]
    public async Task What_is_not_marked_or_not_in_the_queue_of_its_key_is_not_judged()
    {
        await using var bench = await ConsumerBench.CreateAsync(queues: 2);
        var producer = "producer-1"u8.ToArray();
        var own = QueueSelector.Select("key"u8, 2);
        bench.Log.Append(ConsumerBench.Topic, "key", "marked"u8.ToArray(), producer: producer, number: 9, queueIndex: 1 - own);
        bench.Log.Append(ConsumerBench.Topic, "key", "marked-again"u8.ToArray(), producer: producer, number: 9, queueIndex: 1 - own);
        bench.Log.Append(ConsumerBench.Topic, "key", "plain"u8.ToArray(), number: 9, queueIndex: own);
        bench.Log.Append(ConsumerBench.Topic, "key", "plain-again"u8.ToArray(), number: 9, queueIndex: own);
        await bench.StartAsync(new RecordingHandler());
        await ConsumerBench.UntilAsync(async () => (await bench.CommittedAsync()).Count == 4);
    }

    [Fact]
    public async Task Of_two_owners_that_overlap_on_a_queue_one_commits_each_message()
    {
        await using var bench = await ConsumerBench.CreateAsync();
        for (var i = 0; i < 300; i++)
        {
            bench.Append($"m-{i}");
        }

        // A double commit of a message would break the primary key and end up in telemetry_rejected.
        await bench.StartAsync(new RecordingHandler(), maxMessages: 7);
        await bench.StartAsync(new RecordingHandler(), maxMessages: 5);
        for (var i = 300; i < 600; i++)
        {
            bench.Append($"m-{i}");
            await Task.Yield();
        }

        await bench.UntilOffsetAsync(600);
        Assert.Equal(600, (await bench.CommittedAsync()).Count);
        await using var db = bench.Database.Database.CreateReader();
        Assert.Empty(await db.RejectedMessages.ToListAsync(Token));
    }

    [Fact]
    public async Task A_batch_judged_before_another_owner_moved_the_offset_is_rolled_back_and_begun_anew()
    {
        await using var bench = await ConsumerBench.CreateAsync();
        var handler = new RecordingHandler();
        await bench.StartAsync(handler);
        bench.Append("a");
        await bench.UntilOffsetAsync(1);
        var prepared = handler.Prepared;
        await using (var session = await bench.Database.Database.BeginWriteAsync(Token))
        {
            // The other owner is first to the offset; the consumer has read the message and waits for its turn meanwhile.
            var storeTime = bench.Log.Now;
            await session.Db.ConsumerOffsets.ExecuteUpdateAsync(
                set => set.SetProperty(o => o.NextOffset, 2).SetProperty(o => o.LastOffset, 1).SetProperty(o => o.LastStoreTime, storeTime), Token);
            bench.Append("b");
            await ConsumerBench.UntilAsync(() => Task.FromResult(handler.Prepared > prepared));
            session.Db.GatewayInstances.Add(new GatewayInstance { Instance = "b" });
            await session.Db.SaveChangesAsync(Token);
            await session.CommitAsync(Token);
        }

        bench.Append("c");
        await bench.UntilOffsetAsync(3);
        Assert.Equal(["a", "b", "c"], (await bench.CommittedAsync()).Order());
        Assert.Equal(1, handler.Resets);
        await using var db = bench.Database.Database.CreateReader();
        Assert.Empty(await db.RejectedMessages.ToListAsync(Token));
    }

    [Fact]
    public async Task A_queue_that_is_lost_and_got_back_is_begun_from_its_stored_offset()
    {
        await using var bench = await ConsumerBench.CreateAsync();
        var handler = new RecordingHandler();
        await bench.StartAsync(handler);
        bench.Append("a");
        await bench.UntilOffsetAsync(1);
        await bench.Log.Members[0].RevokeAsync(bench.Queue);
        var resets = handler.Resets;
        bench.Append("b");
        var other = await bench.StartAsync(new RecordingHandler());
        await bench.UntilOffsetAsync(2);
        await other.DisposeAsync();
        bench.Append("c");
        bench.Log.Members[0].Assign(bench.Queue);
        await bench.UntilOffsetAsync(3);
        Assert.Equal(1, resets);
        Assert.Equal(["a", "b", "c"], (await bench.CommittedAsync()).Order());
    }

    [Fact]
    public async Task A_poison_message_is_set_aside_and_all_others_are_applied_once()
    {
        await using var bench = await ConsumerBench.CreateAsync();
        for (var i = 0; i < 20; i++)
        {
            bench.Append($"m-{i:00}", key: i == 13 ? "car-13" : "key");
        }

        await bench.StartAsync(new RecordingHandler { BeforeMessage = body => _ = body == "m-13" ? throw new InvalidOperationException("cannot") : 0 });
        await bench.UntilOffsetAsync(20);
        Assert.Equal(Enumerable.Range(0, 20).Where(i => i != 13).Select(i => $"m-{i:00}"), (await bench.CommittedAsync()).Order());
        await using var db = bench.Database.Database.CreateReader();
        var rejected = await db.RejectedMessages.SingleAsync(Token);
        Assert.Equal((RejectReason.RefusedByDatabase, 13, "car-13", "cannot"), (rejected.Reason, rejected.QueueOffset, rejected.VehicleId, rejected.Detail));
        Assert.Equal("m-13"u8.ToArray(), rejected.Payload);
    }

    [Fact]
    public async Task Offsets_that_retention_removed_are_listed_and_consuming_goes_on()
    {
        await using var bench = await ConsumerBench.CreateAsync();
        for (var i = 0; i < 5; i++)
        {
            bench.Append($"m-{i}");
        }

        bench.Log.Trim(bench.Queue, 3);
        await bench.StartAsync(new RecordingHandler());
        await bench.UntilOffsetAsync(5);
        Assert.Equal(["m-3", "m-4"], (await bench.CommittedAsync()).Order());
        await using var db = bench.Database.Database.CreateReader();
        var range = await db.TrimmedRanges.SingleAsync(Token);
        Assert.Equal((0L, 3L, ConsumerBench.Group), (range.FromOffset, range.ToOffset, range.Group));
    }

    [Fact]
    public async Task A_record_that_the_log_cannot_decode_is_kept_for_the_operator_once_and_the_queue_goes_on()
    {
        await using var bench = await ConsumerBench.CreateAsync();
        for (var i = 0; i < 5; i++)
        {
            bench.Append($"m-{i}");
        }

        bench.Log.Damage(bench.Queue, new UndecodableRecord(2, 1_764_000_000_123, "its body does not have the stored checksum", [1, 2, 3]));
        bench.Log.Damage(bench.Queue, new UndecodableRecord(4, 0, "its magic is not known", [4]));
        var first = await bench.StartAsync(new RecordingHandler());
        await bench.UntilOffsetAsync(5);
        await first.DisposeAsync();
        await bench.StartAsync(new RecordingHandler());
        bench.Append("m-5");
        await bench.UntilOffsetAsync(6);
        Assert.Equal(["m-0", "m-1", "m-3", "m-5"], (await bench.CommittedAsync()).Order());
        await using var db = bench.Database.Database.CreateReader();
        var kept = await db.RejectedMessages.OrderBy(row => row.QueueOffset).ToListAsync(Token);
        Assert.Equal(
            [(2L, "1,2,3"), (4L, "4")],
            kept.Select(row => (row.QueueOffset, string.Join(',', row.Payload))));
        Assert.All(kept, row => Assert.Equal((ConsumerBench.Topic, bench.Queue.Broker, RejectReason.Undecodable, null), (row.Topic, row.Broker, row.Reason, row.VehicleId)));
        Assert.Contains("stored checksum", kept[0].Detail, StringComparison.Ordinal);
        Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds(1_764_000_000_123).UtcDateTime, kept[0].StoredAt);
    }

    [Fact]
    public async Task An_embedded_log_that_lost_its_tail_goes_on_above_the_stored_offset()
    {
        await using var bench = await ConsumerBench.CreateAsync();
        await StoreOffsetAsync(bench, new ConsumerOffset { Group = ConsumerBench.Group, Topic = ConsumerBench.Topic, Broker = "memory", NextOffset = 10, LastOffset = 9, LastStoreTime = 5 });
        bench.Append("old");
        var consumer = await bench.StartAsync(new RecordingHandler());
        await ConsumerBench.UntilAsync(async () => (await bench.Log.GetRangeAsync(bench.Queue, Token)).EndOffset == 10);
        Assert.Equal(10, bench.Append("new"));
        await bench.UntilOffsetAsync(11);
        Assert.Equal(["new"], await bench.CommittedAsync());
        Assert.False(consumer.Completion.IsCompleted);
    }

    [Fact]
    public async Task A_log_that_cannot_go_on_above_the_stored_offset_is_a_clear_error()
    {
        await using var bench = await ConsumerBench.CreateAsync();
        bench.Log.CanRaiseEnd = false;
        await StoreOffsetAsync(bench, new ConsumerOffset { Group = ConsumerBench.Group, Topic = ConsumerBench.Topic, Broker = "memory", NextOffset = 10, LastOffset = 9, LastStoreTime = 5 });
        var consumer = await bench.StartAsync(new RecordingHandler());
        var refused = await Assert.ThrowsAsync<StartupException>(() => consumer.Completion.WaitAsync(TimeSpan.FromSeconds(20), Token));
        Assert.Contains("wiped or exchanged", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_message_where_the_last_one_was_is_a_clear_error()
    {
        await using var bench = await ConsumerBench.CreateAsync();
        bench.Append("a");
        var first = await bench.StartAsync(new RecordingHandler());
        await bench.UntilOffsetAsync(1);
        await first.DisposeAsync();
        bench.Log.LoseTail(bench.Queue, 0);
        bench.Append("b");
        var consumer = await bench.StartAsync(new RecordingHandler());
        var refused = await Assert.ThrowsAsync<StartupException>(() => consumer.Completion.WaitAsync(TimeSpan.FromSeconds(20), Token));
        Assert.Contains("another message at offset 0", refused.Message, StringComparison.Ordinal);
        Assert.Equal(["a"], await bench.CommittedAsync());
    }

    [Fact]
    public async Task Progress_tells_the_lag_and_when_everything_was_committed()
    {
        await using var bench = await ConsumerBench.CreateAsync();
        var before = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        bench.Append("a");
        var consumer = await bench.StartAsync(new RecordingHandler());
        await ConsumerBench.UntilAsync(() => Task.FromResult(consumer.GetProgress()[0].CaughtUpAt > before));
        var progress = Assert.Single(consumer.GetProgress());
        Assert.Equal((1L, 0L, bench.Log.Now - 1), (progress.NextOffset, progress.Lag, progress.LastStoreTime));
        await consumer.DisposeAsync();
        Assert.Equal(1, bench.Log.Reported[(ConsumerBench.Group, bench.Queue)]);
    }

    private static async Task StoreOffsetAsync(ConsumerBench bench, ConsumerOffset offset)
    {
        await using var session = await bench.Database.Database.BeginWriteAsync(Token);
        session.Db.ConsumerOffsets.Add(offset);
        await session.Db.SaveChangesAsync(Token);
        await session.CommitAsync(Token);
    }
}
