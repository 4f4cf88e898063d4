using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Telematics.Messaging;
using Telematics.RocketMQ;
using Telematics.RocketMQ.Reading;
using Telematics.RocketMQ.Records;
using Telematics.RocketMQ.Remoting;
using Telematics.RocketMQ.Routing;
using Telematics.Tests.RocketMQ.Records;
using Xunit;

namespace Telematics.Tests.RocketMQ.Reading;

public sealed class RocketMQQueueReaderTests : IAsyncLifetime
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(50);

    private readonly FakeQueue _queue = new(new RocketMQOptions { RequestTimeout = TimeSpan.FromSeconds(1), PrefetchBytes = 64 << 10 });
    private RocketMQQueueReader _reader = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _reader = _queue.OpenReader();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _reader.DisposeAsync();
        await _queue.DisposeAsync();
    }

    [Fact]
    public async Task What_a_server_application_passes_on_with_its_properties_is_no_repeat()
    {
        // As Java's client does: it makes no new UNIQ_KEY for a message that has one, and several threads pass messages on.
        await using var queue = new FakeQueue();
        queue.Append(Passed(0, "second", "000000000002"));
        queue.Append(Passed(1, "first", "000000000001"));
        await using var reader = queue.OpenReader();
        var detector = new RepeatDetector();
        var marks = new RepeatMarks();
        for (var offset = 0L; offset < 2;)
        {
            var result = await reader.ReadAsync(offset, 10, 1 << 20, TimeSpan.FromSeconds(5), Cancellation);
            using var batch = result.Batch!;
            Assert.Equal(0, detector.Judge(batch, 1, marks));
            detector.Accept();
            offset = result.NextOffset;
        }

        static RecordBytes Passed(long offset, string body, string number) => new()
        {
            Offset = offset,
            Body = System.Text.Encoding.UTF8.GetBytes(body),
            Properties = RecordBytes.PropertiesOf(("KEYS", "car-1"), ("UNIQ_KEY", "0A0B0C0D0E0F00112233" + number), ("TMNO", System.Text.Encoding.ASCII.GetString(QueueMark.Of(FakeQueue.Queue with { Topic = "other" })))),
        };
    }

    [Fact]
    public async Task A_record_whose_own_offset_is_damaged_is_no_retention_that_removed_everything_below_it()
    {
        await using var queue = new FakeQueue();
        queue.Append(1);
        queue.Append(1, new RecordBytes { Offset = 1L << 60, Body = "damaged"u8.ToArray() }.ToArray());
        queue.Append(1);
        await using var reader = queue.OpenReader();
        for (var offset = 0L; offset < 3;)
        {
            var result = await reader.ReadAsync(offset, 10, 1 << 20, TimeSpan.FromSeconds(5), Cancellation);
            result.Batch?.Dispose();
            offset = result.NextOffset;
            Assert.True(offset <= 3, $"{result.Status}: go on at {offset}; the queue ends at {result.EndOffset}, the broker says 3");
        }
    }

    [Fact]
    public async Task Answers_are_read_on_as_batches_of_the_size_that_was_asked_for()
    {
        _queue.Append(100);
        var offset = 0L;
        var sizes = new List<int>();
        while (offset < 100)
        {
            var result = await ReadAsync(offset, 7);
            Assert.Equal(ReadStatus.Messages, result.Status);
            using var batch = result.Batch!;
            for (var i = 0; i < batch.Count; i++)
            {
                Assert.Equal(offset + i, batch[i].Offset);
                Assert.Equal($"{offset + i}", Encoding.UTF8.GetString(batch[i].Body));
            }

            sizes.Add(batch.Count);
            offset = result.NextOffset;
            Assert.Equal(100, result.EndOffset);
        }

        Assert.All(sizes, size => Assert.InRange(size, 1, 7));
        Assert.True(_queue.PullCount < 12, $"{_queue.PullCount} pulls");
    }

    [Fact]
    public async Task The_lag_is_what_is_behind_the_last_read()
    {
        using var lag = new CounterReading(_queue.Harness.MeterFactory, ReadingMetrics.MeterName, "telematics.rocketmq.lag");
        _queue.Append(100);
        (await ReadAsync(0, 7)).Batch!.Dispose();
        Assert.Equal(93, lag.Observe());
        await _reader.DisposeAsync();
        Assert.Equal(0, lag.Observe());
    }

    [Fact]
    public async Task A_batch_that_is_read_has_a_span_and_a_read_of_nothing_has_none()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == MessagingTrace.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        using var test = new Activity("test").Start(); // tells this test's spans from those of others
        _queue.Append(3);
        (await ReadAsync(0, 10)).Batch!.Dispose();
        Assert.Equal(ReadStatus.Nothing, (await _reader.ReadAsync(3, 10, 1 << 20, TimeSpan.Zero, Cancellation)).Status);

        var span = Assert.Single(spans, span => span.TraceId == test.TraceId);
        Assert.Equal(("receive t", ActivityKind.Client), (span.DisplayName, span.Kind));
        Assert.Equal(
            [
                ("messaging.batch.message_count", 3), ("messaging.consumer.group.name", _reader.Group), ("messaging.destination.name", "t"), ("messaging.destination.partition.id", "broker-a/0"),
                ("messaging.operation.name", "receive"), ("messaging.operation.type", "receive"), ("messaging.system", "rocketmq"),
            ],
            span.TagObjects.OrderBy(tag => tag.Key, StringComparer.Ordinal).Select(tag => (tag.Key, tag.Value!)));
    }

    [Fact]
    public async Task Several_answers_make_one_batch()
    {
        _queue.MaxTransfer = 10;
        _queue.Append(200);
        var result = await ReadAsync(0, 1);
        result.Batch!.Dispose();
        result = await ReadAsync(result.NextOffset, 1);
        result.Batch!.Dispose();
        await UntilAsync(() => _queue.PullCount >= 3);
        await Task.Delay(20, Cancellation);
        result = await ReadAsync(result.NextOffset, 8);
        result.Batch!.Dispose();
        await Task.Delay(50, Cancellation);
        result = await ReadAsync(result.NextOffset, 1000);
        using var batch = result.Batch;
        Assert.True(batch!.Count > 9, $"{batch.Count} messages");
    }

    [Fact]
    public async Task A_held_pull_outlives_a_short_wait_and_its_answer_is_the_next_reads()
    {
        var nothing = await ReadAsync(0, 10, Short);
        Assert.Equal(new ReadResult(ReadStatus.Nothing, null, 0, 0), nothing);
        Assert.Equal(ReadStatus.Nothing, (await ReadAsync(0, 10, Short)).Status);
        Assert.Equal((1, 1), (_queue.PullCount, _queue.HeldCount));
        _queue.Append(1);
        using var batch = (await ReadAsync(0, 10)).Batch;
        Assert.Equal(1, batch!.Count);
        Assert.Equal(1, _queue.PullCount);
    }

    [Fact]
    public async Task A_short_wait_is_short_although_the_broker_holds_the_pull()
    {
        var watch = Stopwatch.StartNew();
        Assert.Equal(ReadStatus.Nothing, (await ReadAsync(0, 10, Short)).Status);
        Assert.InRange(watch.Elapsed, TimeSpan.FromMilliseconds(45), TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task An_append_ends_the_wait()
    {
        var read = _reader.ReadAsync(0, 10, 1 << 20, Long, Cancellation).AsTask();
        await UntilAsync(() => _queue.HeldCount == 1);
        _queue.Append(1);
        using var batch = (await read).Batch;
        Assert.Equal(1, batch!.Count);
    }

    [Fact]
    public async Task A_hold_that_is_over_is_begun_again_within_the_wait()
    {
        var read = _reader.ReadAsync(0, 10, 1 << 20, Long, Cancellation).AsTask();
        await UntilAsync(() => _queue.HeldCount == 1);
        _queue.EndHolds();
        await UntilAsync(() => _queue.PullCount == 2 && _queue.HeldCount == 1);
        _queue.Append(1);
        using var batch = (await read).Batch;
        Assert.Equal(1, batch!.Count);
    }

    [Fact]
    public async Task Nothing_is_said_only_when_the_master_says_so_after_the_read_began()
    {
        await ReadAsync(0, 10, Short);

        // Stored, but the held pull does not hear of it: a lost notice, or a connection that is only half there.
        _queue.End = 1;
        var fault = await Assert.ThrowsAsync<MessageLogException>(() => _reader.ReadAsync(0, 10, 1 << 20, Short, Cancellation).AsTask());
        Assert.Contains("offset 0 cannot be read", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_read_that_waits_for_longer_than_a_hold_is_told_the_end_and_asks_for_it_no_more()
    {
        _queue.Append(3);
        var reading = ReadAsync(3, 10, TimeSpan.FromMilliseconds(500));
        await UntilAsync(() => _queue.HeldCount == 1);
        _queue.EndHolds();
        Assert.Equal(new ReadResult(ReadStatus.Nothing, null, 3, 3), await reading);
        Assert.Equal(0, EndsAsked());

        // The next read's answer may be to a pull from before it.
        reading = ReadAsync(3, 10, TimeSpan.FromMilliseconds(100));
        Assert.Equal(1, _queue.HeldCount);
        _queue.EndHolds();
        await UntilAsync(() => _queue.HeldCount == 1);
        Assert.Equal(ReadStatus.Nothing, (await reading).Status);
        Assert.Equal(1, EndsAsked());

        // Nor does an answer count what this process has stored since.
        reading = ReadAsync(3, 10, TimeSpan.FromMilliseconds(300));
        _queue.EndHolds();
        await UntilAsync(() => _queue.HeldCount == 1);
        _queue.EndHolds();
        await UntilAsync(() => _queue.HeldCount == 1);
        _queue.Context.StoredEnds.Note(FakeQueue.Queue, 4);
        await Task.Delay(400, Cancellation);
        _queue.Append(1);
        using var batch = (await reading).Batch;
        Assert.Equal(3, batch![0].Offset);

        int EndsAsked() => _queue.Peer.Received.Count(request => request.Request == RequestCode.GetMaxOffset);
    }

    [Fact]
    public async Task A_message_that_is_stored_but_not_yet_readable_is_waited_for_even_without_wait()
    {
        var pulls = 0;
        _queue.Append(1);
        _queue.Script = request => Interlocked.Increment(ref pulls) < 4 ? _queue.Answer(ResponseCode.PullNotFound, 0) : null;
        using var batch = (await ReadAsync(0, 10, TimeSpan.Zero)).Batch;
        Assert.Equal(1, batch!.Count);
    }

    [Fact]
    public async Task Without_wait_a_read_at_the_end_answers_at_once_and_asks_not_to_be_held()
    {
        _queue.Append(3);
        Assert.Equal(new ReadResult(ReadStatus.Nothing, null, 3, 3), await ReadAsync(3, 10, TimeSpan.Zero));
        Assert.Equal(0, _queue.HeldCount);
    }

    [Fact]
    public async Task An_offset_below_the_beginning_is_trimmed_and_above_the_end_beyond_it()
    {
        _queue.Append(20);
        _queue.Begin = 5;
        Assert.Equal((ReadStatus.Trimmed, 5), Pair(await ReadAsync(2, 10)));
        using (var batch = (await ReadAsync(5, 10)).Batch)
        {
            Assert.Equal(5, batch![0].Offset);
        }

        var beyond = await ReadAsync(21, 10);
        Assert.Equal((ReadStatus.BeyondEnd, 20, 20), (beyond.Status, beyond.NextOffset, beyond.EndOffset));
    }

    [Fact]
    public async Task A_topic_made_anew_is_beyond_the_end()
    {
        var beyond = await ReadAsync(7, 10);
        Assert.Equal((ReadStatus.BeyondEnd, 0), (beyond.Status, beyond.EndOffset));
    }

    [Fact]
    public async Task An_administrators_reset_changes_nothing_for_a_reader_that_keeps_its_own_progress()
    {
        _queue.Append(20);
        var pulls = 0;
        _queue.Script = request => Interlocked.Increment(ref pulls) == 1 ? _queue.Answer(ResponseCode.PullOffsetMoved, 3) : null;
        using var batch = (await ReadAsync(10, 5)).Batch;
        Assert.Equal(10, batch![0].Offset);
    }

    [Fact]
    public async Task What_retention_removes_between_two_pulls_is_said_to_be_trimmed()
    {
        _queue.Append(10);
        _queue.Script = request => FakeQueue.Number(request, "queueOffset") == 2
            ? _queue.Answer(ResponseCode.Success, 10) with { Body = new RecordBytes { Offset = 8 }.ToArray() }
            : null;
        Assert.Equal((ReadStatus.Trimmed, 8), Pair(await ReadAsync(2, 10)));
        using (var batch = (await ReadAsync(8, 10)).Batch)
        {
            Assert.Equal(8, batch![0].Offset);
        }

        _queue.Script = request => FakeQueue.Number(request, "queueOffset") == 3 ? _queue.Answer(ResponseCode.PullRetryImmediately, 6) : null;
        Assert.Equal((ReadStatus.Trimmed, 6), Pair(await ReadAsync(3, 10)));
        _queue.Script = request => FakeQueue.Number(request, "queueOffset") == 4 ? _queue.Answer(ResponseCode.PullNotFound, 7) : null;
        Assert.Equal((ReadStatus.Trimmed, 7), Pair(await ReadAsync(4, 10)));
    }

    [Fact]
    public async Task Skipped_stretches_move_a_filtered_reader_on()
    {
        _queue.Append(10);
        _queue.Script = request => FakeQueue.Number(request, "queueOffset") < 8 ? _queue.Answer(ResponseCode.PullRetryImmediately, FakeQueue.Number(request, "queueOffset") + 4) : null;
        await using var reader = _queue.OpenReader(TagFilter.AnyOf("x"));
        _queue.Append(1, "x");
        var result = await reader.ReadAsync(0, 10, 1 << 20, Long, Cancellation);
        using var batch = result.Batch;
        Assert.Equal((1, 10, 11), (batch!.Count, batch[0].Offset, result.NextOffset));
    }

    [Fact]
    public async Task A_tag_of_equal_hash_is_left_out_here()
    {
        _queue.Append(1, "BB");
        _queue.Append(1, "Aa");
        _queue.Append(1, "BB");
        await using var reader = _queue.OpenReader(TagFilter.AnyOf("Aa", "Cc"));
        var result = await reader.ReadAsync(0, 10, 1 << 20, Long, Cancellation);
        using var batch = result.Batch;
        Assert.Equal((1, 1, 3), (batch!.Count, batch[0].Offset, result.NextOffset));
        Assert.Equal("Aa || Cc", _queue.Peer.Received.First(request => request.Request == RequestCode.PullMessage)["subscription"]);
        Assert.Equal(ReadStatus.Nothing, (await reader.ReadAsync(2, 10, 1 << 20, Short, Cancellation)).Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a|b")]
    [InlineData("*")]
    [InlineData("a b")]
    public void A_tag_that_the_expression_cannot_say_is_refused(string tag) => Assert.Throws<ArgumentException>(() => _queue.OpenReader(TagFilter.AnyOf(tag)));

    [Fact]
    public async Task A_lost_connection_in_the_middle_of_a_hold_is_made_again()
    {
        var read = _reader.ReadAsync(0, 10, 1 << 20, Long, Cancellation).AsTask();
        await UntilAsync(() => _queue.HeldCount == 1);
        _queue.Peer.CloseConnections();
        await UntilAsync(() => _queue.HeldCount == 2);
        _queue.Append(1);
        using var batch = (await read).Batch;
        Assert.Equal(1, batch!.Count);
    }

    [Fact]
    public async Task A_broker_that_is_away_is_an_exception_and_never_nothing()
    {
        await ReadAsync(0, 10, Short);
        _queue.Peer.Stop();
        var fault = await Assert.ThrowsAsync<MessageLogException>(() => _reader.ReadAsync(0, 10, 1 << 20, TimeSpan.FromMilliseconds(200), Cancellation).AsTask());
        Assert.Contains("t@broker-a/0", fault.Message, StringComparison.Ordinal);
        _queue.Peer.Restart();
        _queue.Append(1);
        using var batch = (await ReadAsync(0, 10)).Batch;
        Assert.Equal(1, batch!.Count);
    }

    [Fact]
    public async Task A_broker_that_comes_back_within_the_wait_is_read_on()
    {
        _queue.Peer.Stop();
        var read = _reader.ReadAsync(0, 10, 1 << 20, Long, Cancellation).AsTask();
        await Task.Delay(300, Cancellation);
        Assert.False(read.IsCompleted);
        _queue.Append(1);
        _queue.Peer.Restart();
        using var batch = (await read).Batch;
        Assert.Equal(1, batch!.Count);
    }

    [Theory]
    [InlineData(17, "deleted")]
    [InlineData(16, "permission")]
    [InlineData(26, "mqadmin updateSubGroup")]
    [InlineData(29, "no such queue")]
    public async Task What_waiting_cannot_cure_is_said_at_once(int code, string text)
    {
        _queue.Script = _ => new FakeAnswer((ResponseCode)code) { Remark = "the broker's words" };
        var fault = await Assert.ThrowsAsync<MessageLogException>(() => _reader.ReadAsync(0, 10, 1 << 20, Long, Cancellation).AsTask());
        Assert.Contains(text, fault.Message, StringComparison.Ordinal);
        Assert.Equal(1, _queue.PullCount);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(14)]
    [InlineData(1500)]
    public async Task A_busy_broker_is_asked_again(int code)
    {
        _queue.Append(1);
        var pulls = 0;
        _queue.Script = _ => Interlocked.Increment(ref pulls) < 3 ? new FakeAnswer((ResponseCode)code) : null;
        using var batch = (await ReadAsync(0, 10)).Batch;
        Assert.Equal(1, batch!.Count);
    }

    [Fact]
    public async Task A_record_that_cannot_be_decoded_is_counted_and_handed_over_with_its_bytes()
    {
        _queue.Append(1);
        var compressed = new RecordBytes { Offset = 1, Body = "not zlib"u8.ToArray(), SysFlag = SysFlag.Compressed };
        _queue.Append(compressed);
        var damaged = new RecordBytes { Offset = 2, Body = new byte[100_000], Crc = 1 };
        _queue.Append(damaged);
        var unknown = new RecordBytes { Offset = 3 }.ToArray();
        unknown[7] = 0xFF;
        _queue.Append(3, unknown);
        _queue.Append(1);
        using var counted = new CounterReading(_queue.Harness.MeterFactory, ReadingMetrics.MeterName, "telematics.rocketmq.undecodable");
        var result = await ReadAsync(0, 10);
        Assert.Equal((ReadStatus.Messages, 1, 1), (result.Status, result.NextOffset, result.Batch!.Count));
        result.Batch.Dispose();
        var kept = new List<UndecodableRecord>();
        for (var offset = 1L; offset < 4; offset = result.NextOffset)
        {
            result = await ReadAsync(offset, 10);
            Assert.Equal((ReadStatus.Undecodable, null, offset + 1, 5), (result.Status, result.Batch, result.NextOffset, result.EndOffset));
            kept.Add(result.Undecodable!);
        }

        Assert.Equal([(1, compressed.StoreTime), (2, damaged.StoreTime), (3, 0)], kept.Select(record => (record.Offset, record.StoreTime)));
        Assert.Equal([compressed.ToArray(), damaged.ToArray()[..UndecodableRecord.MaxBytes], unknown], kept.Select(record => record.Bytes));
        Assert.All(kept, record => Assert.NotEmpty(record.Fault));
        Assert.Equal(3, counted.Sum);
        result = await ReadAsync(4, 10);
        using var last = result.Batch!;
        Assert.Equal((4, 5), (last[0].Offset, result.NextOffset));
    }

    [Fact]
    public async Task Of_a_damaged_inner_batch_what_is_before_the_damage_is_read()
    {
        var inner = RecordBytes.InnerBatchOf(("a", ""), ("b", ""), ("c", ""));
        _queue.Append(new RecordBytes { Offset = 0, Body = inner[..^3], SysFlag = SysFlag.InnerBatch }, 3);
        _queue.Append(1);
        var result = await ReadAsync(0, 10);
        Assert.Equal((ReadStatus.Messages, 2, 2), (result.Status, result.NextOffset, result.Batch!.Count));
        result.Batch.Dispose();
        result = await ReadAsync(2, 10);
        Assert.Equal((ReadStatus.Undecodable, 3, 2), (result.Status, result.NextOffset, result.Undecodable!.Offset));
        using var batch = (await ReadAsync(3, 10)).Batch!;
        Assert.Equal(3, batch[0].Offset);
    }

    [Fact]
    public async Task A_record_whose_very_size_is_wrong_is_asked_for_alone_and_then_stepped_over()
    {
        _queue.Append(1);
        _queue.Append(1, [0, 0, 0, 1, 2, 3, 4, 5, 6, 7]);
        _queue.Append(1);
        using var counted = new CounterReading(_queue.Harness.MeterFactory, ReadingMetrics.MeterName, "telematics.rocketmq.undecodable");
        var result = await ReadAsync(0, 10);
        result.Batch!.Dispose();
        Assert.Equal((1, 0), (result.NextOffset, counted.Sum));
        result = await ReadAsync(1, 10);
        Assert.Equal((ReadStatus.Undecodable, 2, 1), (result.Status, result.NextOffset, counted.Sum));
        Assert.Equal([0, 0, 0, 1, 2, 3, 4, 5, 6, 7], result.Undecodable!.Bytes);
        result = await ReadAsync(2, 10);
        using var batch = result.Batch!;
        Assert.Equal((2, 3), (batch[0].Offset, result.NextOffset));
        Assert.Contains(_queue.Peer.Received, request => request.Request == RequestCode.PullMessage && request["queueOffset"] == "1" && request["maxMsgNums"] == "1");
    }

    [Fact]
    public async Task A_record_that_was_damaged_on_the_way_is_read_the_next_time()
    {
        _queue.Append(3);
        var pulls = 0;
        _queue.Script = _ => Interlocked.Increment(ref pulls) == 1 ? _queue.Answer(ResponseCode.Success, 3) with { Body = [0, 0, 0, 1, 2, 3, 4, 5, 6, 7] } : null;
        using var batch = (await ReadAsync(0, 10)).Batch!;
        Assert.Equal(0, batch[0].Offset);
    }

    [Fact]
    public async Task A_gap_within_an_answer_or_at_its_end_is_said_to_be_trimmed()
    {
        _queue.Append(10);
        _queue.Script = request => FakeQueue.Number(request, "queueOffset") == 0
            ? _queue.Answer(ResponseCode.Success, 8) with { Body = [.. new RecordBytes { Offset = 0 }.ToArray(), .. new RecordBytes { Offset = 5 }.ToArray()] }
            : null;
        var seen = new List<string>();
        for (var offset = 0L; offset < 10;)
        {
            var result = await ReadAsync(offset, 10);
            using var batch = result.Batch;
            seen.Add(batch is null ? $"{result.Status} {result.NextOffset}" : $"{batch[0].Offset}-{batch[batch.Count - 1].Offset}");
            offset = result.NextOffset;
        }

        Assert.Equal(["0-0", "Trimmed 5", "5-5", "Trimmed 8", "8-9"], seen);
    }

    [Fact]
    public async Task A_lost_stretch_of_the_index_is_never_trimmed_beyond_the_end()
    {
        _queue.Append(10);
        _queue.Script = request => FakeQueue.Number(request, "queueOffset") == 4 ? _queue.Answer(ResponseCode.PullNotFound, 300_000) : null;
        Assert.Equal((ReadStatus.Trimmed, 10), Pair(await ReadAsync(4, 10)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(30_000)]
    public async Task A_reader_that_begins_at_the_end_just_asked_for_is_not_beyond_it_before_the_broker_lets_it_be_read(int waitMilliseconds)
    {
        _queue.Append(5);
        var pulls = 0;
        _queue.Script = _ =>
        {
            if (Interlocked.Increment(ref pulls) > 2)
            {
                _queue.Script = null;
                _queue.Append(1);
                return null;
            }

            return new FakeAnswer(ResponseCode.PullOffsetMoved).With("nextBeginOffset", 3).With("minOffset", 0).With("maxOffset", 3).With("suggestWhichBrokerId", 0);
        };
        var result = await ReadAsync(5, 10, TimeSpan.FromMilliseconds(waitMilliseconds));
        using var batch = result.Batch;
        Assert.Equal(waitMilliseconds == 0 ? (ReadStatus.Nothing, 5) : (ReadStatus.Messages, 6), Pair(result));
    }

    [Fact]
    public async Task A_broker_that_was_wiped_and_filled_beyond_the_offset_is_noticed()
    {
        _queue.Append(5);
        (await ReadAsync(0, 10)).Batch!.Dispose();
        _queue.Peer.Stop();
        _queue.Wipe();
        for (var i = 0; i < 20; i++)
        {
            _queue.Append(new RecordBytes { Offset = i, StoreTime = 1_795_463_999_999 });
        }

        _queue.Peer.Restart();
        var result = await ReadAsync(5, 10);
        Assert.Equal((ReadStatus.BeyondEnd, 0, 20), (result.Status, result.NextOffset, result.EndOffset));
    }

    [Fact]
    public async Task A_wiped_broker_is_noticed_although_this_process_has_just_stored_more_than_it_has()
    {
        _queue.MaxTransfer = 5;
        _queue.Append(10);
        (await ReadAsync(0, 5)).Batch!.Dispose();
        (await ReadAsync(5, 5)).Batch!.Dispose();
        _queue.Context.StoredEnds.Note(FakeQueue.Queue, 10);
        _queue.Peer.Stop();
        _queue.Wipe();
        _queue.Append(3);
        _queue.Peer.Restart();
        Assert.Equal(ReadStatus.BeyondEnd, (await ReadAsync(10, 10, TimeSpan.FromSeconds(2))).Status);
    }

    [Fact]
    public async Task A_broker_that_comes_back_empty_at_another_address_is_noticed()
    {
        await using var moved = new FakeQueue();
        for (var i = 0; i < 20; i++)
        {
            moved.Append(new RecordBytes { Offset = i, StoreTime = 1_795_463_999_999 });
        }

        _queue.Append(5);
        (await ReadAsync(0, 10)).Batch!.Dispose();
        _queue.Peer.On(RequestCode.GetRouteInfoByTopic, _ => FakeAnswer.Success with { Body = FakePeer.Route(1, (FakeQueue.Broker, moved.Peer.Address)) });
        await _queue.Harness.Routes.RefreshAsync(FakeQueue.Topic, Cancellation);
        await Task.Delay(RouteTable.ShortestInterval, Cancellation);
        await _queue.Harness.Routes.RefreshAsync(FakeQueue.Topic, Cancellation);
        var result = await ReadAsync(5, 10);
        Assert.Equal((ReadStatus.BeyondEnd, 0, 20), (result.Status, result.NextOffset, result.EndOffset));
    }

    [Fact]
    public async Task Another_broker_at_the_address_of_one_that_moved_is_not_taken_for_it()
    {
        await using var moved = new FakeQueue();
        _queue.Append(5);
        moved.Append(7);
        (await ReadAsync(0, 10)).Batch!.Dispose();
        _queue.Peer.Stop();
        _queue.Wipe();
        for (var i = 0; i < 20; i++)
        {
            _queue.Append(new RecordBytes { Offset = i, StoreTime = 1_795_463_999_999 });
        }

        // The name server knows it only after the other broker was asked.
        _queue.Script = request =>
        {
            _queue.Peer.On(RequestCode.GetRouteInfoByTopic, _ => FakeAnswer.Success with { Body = FakePeer.Route(1, (FakeQueue.Broker, moved.Peer.Address), ("broker-z", _queue.Peer.Address)) });
            return null;
        };
        _queue.Peer.Restart();
        var result = await ReadAsync(5, 10);
        using var batch = result.Batch;
        Assert.Equal((ReadStatus.Messages, 7), Pair(result));
        Assert.Equal("5", Encoding.UTF8.GetString(batch![0].Body));
    }

    [Fact]
    public async Task A_broker_that_comes_back_with_its_messages_is_read_on()
    {
        _queue.Append(5);
        (await ReadAsync(0, 10)).Batch!.Dispose();
        _queue.Peer.Stop();
        _queue.Append(2);
        _queue.Peer.Restart();
        var result = await ReadAsync(5, 10);
        using var batch = result.Batch;
        Assert.Equal((ReadStatus.Messages, 7), Pair(result));
    }

    [Theory]
    [InlineData(21, 4, 4, 4)] // it is behind
    [InlineData(21, 9, 9, 20)] // it removes earlier
    [InlineData(20, 9, 9, 20)]
    [InlineData(20, 8, 0, 20)] // a slave that is not to be read says so, with the offset behind what it does not give
    [InlineData(0, 10, 0, 20)] // its first message is behind the one wanted
    public async Task What_a_slave_does_not_have_is_for_its_master_to_tell(int code, long next, long min, long max)
    {
        await using var slave = new FakePeer();
        slave.On(RequestCode.PullMessage, _ => new FakeAnswer((ResponseCode)code) { Body = code == 0 ? new RecordBytes { Offset = 9 }.ToArray() : [] }
            .With("nextBeginOffset", next).With("minOffset", min).With("maxOffset", max).With("suggestWhichBrokerId", 1));
        ServeSlave($$"""{"0":"{{_queue.Peer.Address}}","1":"{{slave.Address}}"}""");
        _queue.Append(20);
        _queue.Script = request => FakeQueue.Number(request, "queueOffset") == 0
            ? _queue.Answer(ResponseCode.Success, 6).With("suggestWhichBrokerId", 1) with { Body = [.. Enumerable.Range(0, 6).SelectMany(i => new RecordBytes { Offset = i }.ToArray())] }
            : null;
        (await ReadAsync(0, 6)).Batch!.Dispose();
        using var batch = (await ReadAsync(6, 1)).Batch;
        Assert.Equal(6, batch![0].Offset);
        Assert.Contains(slave.Received, request => request.Request == RequestCode.PullMessage && request["queueOffset"] == "6");
    }

    [Fact]
    public async Task Without_its_master_a_slave_that_is_behind_is_no_end()
    {
        await using var slave = new FakePeer();
        slave.On(RequestCode.PullMessage, _ => new FakeAnswer(ResponseCode.PullOffsetMoved).With("nextBeginOffset", 4).With("minOffset", 0).With("maxOffset", 4).With("suggestWhichBrokerId", 0));
        ServeSlave($$"""{"1":"{{slave.Address}}"}""");
        await Assert.ThrowsAsync<MessageLogException>(() => ReadAsync(6, 1, TimeSpan.FromMilliseconds(200)));
    }

    private void ServeSlave(string addresses) => _queue.Peer.On(RequestCode.GetRouteInfoByTopic, _ => FakeAnswer.Success with
    {
        Body = Encoding.UTF8.GetBytes($$"""
            {"brokerDatas":[{"brokerAddrs":{{addresses}},"brokerName":"{{FakeQueue.Broker}}","cluster":"fake","enableActingMaster":false}],"filterServerTable":{},
            "queueDatas":[{"brokerName":"{{FakeQueue.Broker}}","perm":6,"readQueueNums":1,"topicSysFlag":0,"writeQueueNums":1}]}
            """),
    });

    [Fact]
    public async Task An_inner_batch_is_read_from_any_of_its_messages_on()
    {
        var inner = RecordBytes.InnerBatchOf(("a", ""), ("b", RecordBytes.PropertiesOf(("x", "1"), ("TAGS", "T"))), ("c", ""), ("d", ""));
        var compressed = CompressedBodyTests.Compress(SysFlag.CompressionZlib, inner);
        _queue.Append(new RecordBytes { Offset = 0, Body = inner, SysFlag = SysFlag.InnerBatch }, 4);
        _queue.Append(new RecordBytes { Offset = 4, Body = compressed, SysFlag = SysFlag.InnerBatch | SysFlag.Compressed }, 4);
        Assert.Equal(["0a", "1b", "2c"], await BodiesAsync(0, 3));
        Assert.Equal(["3d", "4a", "5b"], await BodiesAsync(3, 3));
        Assert.Equal(["6c", "7d"], await BodiesAsync(6, 3));

        // A broker answers with the whole batch that holds the offset.
        _queue.Script = request => FakeQueue.Number(request, "queueOffset") is 2 ? _queue.Answer(ResponseCode.Success, 4) with { Body = new RecordBytes { Offset = 0, Body = inner, SysFlag = SysFlag.InnerBatch }.ToArray() } : null;
        Assert.Equal(["2c", "3d"], await BodiesAsync(2, 2));

        async Task<string[]> BodiesAsync(long offset, int count)
        {
            var bodies = new List<string>();
            while (bodies.Count < count && offset < 8)
            {
                var result = await ReadAsync(offset, count - bodies.Count);
                using var batch = result.Batch!;
                bodies.AddRange(Enumerable.Range(0, batch.Count).Select(i => $"{batch[i].Offset}{Encoding.UTF8.GetString(batch[i].Body)}"));
                offset = result.NextOffset;
            }

            return [.. bodies];
        }
    }

    [Fact]
    public async Task A_message_comes_back_as_it_was_sent_and_is_numbered_only_with_our_mark()
    {
        const string UniqueKeyText = "0102030405060708090A0000000100FF";
        var text = new string('x', 5000);
        _queue.Append(new RecordBytes
        {
            Body = CompressedBodyTests.Compress(SysFlag.CompressionLz4, Encoding.UTF8.GetBytes(text)),
            SysFlag = SysFlag.Compressed | SysFlag.CompressionLz4,
            Properties = RecordBytes.PropertiesOf(("clientId", "car-1"), ("TAGS", "tag"), ("KEYS", "käy"), ("UNIQ_KEY", UniqueKeyText), ("TMNO", Encoding.ASCII.GetString(QueueMark.Of(FakeQueue.Queue)))),
        });
        _queue.Append(new RecordBytes { Offset = 1, Properties = RecordBytes.PropertiesOf(("UNIQ_KEY", UniqueKeyText), ("own", "1"), ("TRACE_ON", "true")) });
        using var batch = (await ReadAsync(0, 10)).Batch!;
        Assert.Equal(("käy", "tag", text), (Encoding.UTF8.GetString(batch[0].Key), Encoding.UTF8.GetString(batch[0].Tag), Encoding.UTF8.GetString(batch[0].Body)));
        Assert.Equal("car-1", batch[0].Properties.GetString("clientId"u8));
        Assert.Equal("0102030405060708090A", Convert.ToHexString(batch[0].ProducerInstance));
        Assert.Equal((0x100FF, 1_795_463_047_519), (batch[0].ProducerNumber, batch[0].StoreTime));
        Assert.Null(batch[0].Properties.GetString("UNIQ_KEY"u8));
        Assert.Equal((0, 0, 0), (batch[1].Key.Length, batch[1].ProducerInstance.Length, batch[1].ProducerNumber));
        Assert.Equal(RecordBytes.PropertiesOf(("own", "1")), Encoding.UTF8.GetString(batch[1].Properties.Encoded));
    }

    [Fact]
    public async Task A_batch_stops_before_its_byte_limit_but_never_before_the_first_message()
    {
        _queue.Append(10, bodyLength: 100);
        var result = await _reader.ReadAsync(0, 10, 350, Long, Cancellation);
        using (result.Batch)
        {
            Assert.Equal((3, 3), (result.Batch!.Count, result.NextOffset));
        }

        result = await _reader.ReadAsync(3, 10, 1, Long, Cancellation);
        using (result.Batch)
        {
            Assert.Equal((1, 4), (result.Batch!.Count, result.NextOffset));
        }
    }

    [Fact]
    public async Task Fetching_ahead_keeps_to_its_budget()
    {
        using var ahead = new CounterReading(_queue.Harness.MeterFactory, ReadingMetrics.MeterName, "telematics.rocketmq.fetched_ahead_bytes");
        _queue.MaxTransfer = 10_000;
        _queue.Append(2000, bodyLength: 1000);
        var offset = 0L;
        while (offset < 1900)
        {
            var result = await ReadAsync(offset, 10);
            result.Batch!.Dispose();
            offset = result.NextOffset;
            Assert.InRange(ahead.Sum, 0, 2 * (64 << 10));
        }

        Assert.InRange(_queue.PullCount, 2000 / 64, 400);
        await _reader.DisposeAsync();
        await UntilAsync(() => ahead.Sum == 0);
    }

    [Fact]
    public async Task A_cancelled_read_leaves_a_reader_that_reads_on()
    {
        using var cancellation = new CancellationTokenSource();
        var read = _reader.ReadAsync(0, 10, 1 << 20, Long, cancellation.Token).AsTask();
        await UntilAsync(() => _queue.HeldCount == 1);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        _queue.Append(1);
        using var batch = (await ReadAsync(0, 10)).Batch;
        Assert.Equal(1, batch!.Count);
        Assert.Equal(1, _queue.PullCount);
    }

    [Fact]
    public async Task A_closed_reader_ends_its_wait_and_takes_no_other()
    {
        var read = _reader.ReadAsync(0, 10, 1 << 20, Long, Cancellation).AsTask();
        await UntilAsync(() => _queue.HeldCount == 1);
        await _reader.DisposeAsync();
        await Assert.ThrowsAsync<MessageLogException>(() => read);
        await Assert.ThrowsAsync<MessageLogException>(() => _reader.ReadAsync(0, 10, 1 << 20, Long, Cancellation).AsTask());
    }

    [Fact]
    public async Task A_slave_is_read_when_the_master_says_so_and_left_when_it_knows_less()
    {
        await using var slave = new FakePeer();
        slave.On(RequestCode.PullMessage, request => FakeQueue.Number(request, "queueOffset") == 5
            ? _queue.Answer(ResponseCode.Success, 6).With("suggestWhichBrokerId", 1) with { Body = new RecordBytes { Offset = 5 }.ToArray() }
            : new FakeAnswer(ResponseCode.GroupNotExist));
        _queue.Append(10);
        _queue.Peer.On(RequestCode.GetRouteInfoByTopic, _ => FakeAnswer.Success with
        {
            Body = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(FakePeer.Route(1, (FakeQueue.Broker, _queue.Peer.Address))).Replace("\"0\":", $"\"1\":\"{slave.Address}\",\"0\":", StringComparison.Ordinal)),
        });
        _queue.MaxTransfer = 1;
        _queue.Script = request => FakeQueue.Number(request, "queueOffset") == 4
            ? _queue.Answer(ResponseCode.Success, 5).With("suggestWhichBrokerId", 1) with { Body = new RecordBytes { Offset = 4 }.ToArray() }
            : null;
        var offset = 3L;
        while (offset < 8)
        {
            var result = await ReadAsync(offset, 1);
            using var batch = result.Batch;
            Assert.Equal(offset, batch![0].Offset);
            offset = result.NextOffset;
        }

        Assert.Equal(["5", "6"], slave.Received.Select(request => request["queueOffset"]));
    }

    private static (ReadStatus, long) Pair(ReadResult result) => (result.Status, result.NextOffset);

    private static async Task UntilAsync(Func<bool> reached)
    {
        var watch = Stopwatch.StartNew();
        while (!reached())
        {
            Assert.True(watch.Elapsed < Long, "It did not come to that.");
            await Task.Delay(5, Cancellation);
        }
    }

    private async Task<ReadResult> ReadAsync(long offset, int maxMessages, TimeSpan? wait = null) =>
        await _reader.ReadAsync(offset, maxMessages, 1 << 20, wait ?? Long, Cancellation);
}
