using System.Diagnostics;
using System.Text;
using Telematics.Messaging;
using Xunit;

namespace Telematics.Tests.Messaging;

public abstract partial class MessageLogCompliance
{
    [Fact]
    public async Task Reading_begins_at_any_offset()
    {
        var (queue, offsets) = await AppendAsync(200);
        foreach (var from in new[] { 0, 1, 57, 100, 198, 199 })
        {
            var messages = await Log.ReadAllAsync(queue, Cancellation, offsets[from]);
            Assert.Equal(Enumerable.Range(from, 200 - from).Select(i => $"{i}"), messages.Select(message => message.Body));
        }
    }

    [Fact]
    public async Task A_batch_keeps_to_its_limits()
    {
        var (queue, offsets) = await AppendAsync(50);
        await using var reader = Log.OpenReader(queue, TagFilter.All);
        using var seven = (await reader.ReadAsync(offsets[0], 7, 1 << 20, TimeSpan.Zero, Cancellation)).Batch;
        Assert.InRange(seven!.Count, 1, 7);

        var tiny = await reader.ReadAsync(offsets[0], 50, 1, TimeSpan.Zero, Cancellation);
        Assert.Equal(1, tiny.Batch!.Count); // never before the first message
        Assert.Equal(offsets[1], tiny.NextOffset);
        tiny.Batch.Dispose();

        Assert.Equal(50, (await Log.ReadAllAsync(queue, Cancellation, maxMessages: 3)).Count);
        Assert.Equal(50, (await Log.ReadAllAsync(queue, Cancellation, maxBytes: 40)).Count);
    }

    [Fact]
    public async Task At_the_end_a_read_without_wait_answers_nothing_at_once()
    {
        var (queue, offsets) = await AppendAsync(3);
        await using var reader = Log.OpenReader(queue, TagFilter.All);
        var end = (await Log.GetRangeAsync(queue, Cancellation)).EndOffset;
        Assert.True(end > offsets[^1]);
        var result = await reader.ReadAsync(end, 10, 1 << 20, TimeSpan.Zero, Cancellation);
        Assert.Equal(new ReadResult(ReadStatus.Nothing, null, end, end), result);
    }

    [Fact]
    public async Task A_wait_ends_with_the_next_append()
    {
        var (queue, _) = await AppendAsync(1);
        await using var reader = Log.OpenReader(queue, TagFilter.All);
        var end = (await Log.GetRangeAsync(queue, Cancellation)).EndOffset;
        var read = reader.ReadAsync(end, 10, 1 << 20, TimeSpan.FromSeconds(60), Cancellation).AsTask();
        Assert.False(read.IsCompleted);
        var watch = Stopwatch.StartNew();
        await Log.GetProducer(queue.Topic).AppendAsync("k", "late", Cancellation);
        var result = await read.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
        using var batch = result.Batch;
        Assert.Equal(ReadStatus.Messages, result.Status);
        Assert.Equal("late", Encoding.UTF8.GetString(batch![0].Body));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_wait_ends_when_its_time_is_over()
    {
        var (queue, _) = await AppendAsync(1);
        await using var reader = Log.OpenReader(queue, TagFilter.All);
        var end = (await Log.GetRangeAsync(queue, Cancellation)).EndOffset;
        var result = await reader.ReadAsync(end, 10, 1 << 20, TimeSpan.FromMilliseconds(30), Cancellation);
        Assert.Equal((ReadStatus.Nothing, end), (result.Status, result.NextOffset));
    }

    [Fact]
    public async Task A_wait_ends_with_its_cancellation_and_the_reader_reads_on()
    {
        var (queue, _) = await AppendAsync(1);
        await using var reader = Log.OpenReader(queue, TagFilter.All);
        var end = (await Log.GetRangeAsync(queue, Cancellation)).EndOffset;
        using var cancellation = new CancellationTokenSource();
        var read = reader.ReadAsync(end, 10, 1 << 20, TimeSpan.FromSeconds(60), cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);

        await Log.GetProducer(queue.Topic).AppendAsync("k", "x", Cancellation);
        using var batch = (await reader.ReadAsync(end, 10, 1 << 20, TimeSpan.FromSeconds(30), Cancellation)).Batch;
        Assert.Equal(1, batch!.Count);
    }

    [Fact]
    public async Task Hundreds_of_readers_wait_at_once()
    {
        var (queue, _) = await AppendAsync(1);
        var end = (await Log.GetRangeAsync(queue, Cancellation)).EndOffset;
        var reads = new List<Task<ReadResult>>();
        for (var i = 0; i < 300; i++)
        {
            reads.Add(Log.OpenReader(queue, TagFilter.All).ReadAsync(end, 10, 1 << 20, TimeSpan.FromSeconds(60), Cancellation).AsTask());
        }

        await Log.GetProducer(queue.Topic).AppendAsync("k", "for all", Cancellation);
        foreach (var result in await Task.WhenAll(reads).WaitAsync(TimeSpan.FromSeconds(30), Cancellation))
        {
            Assert.Equal(ReadStatus.Messages, result.Status);
            result.Batch!.Dispose();
        }
    }

    [Fact]
    public async Task A_filter_leaves_out_other_tags_and_moves_on()
    {
        var topic = await DeclareAsync(1);
        var producer = Log.GetProducer(topic);
        for (var i = 0; i < 90; i++)
        {
            await producer.AppendAsync("k", $"{i}", Cancellation, (i % 3) switch { 0 => "ALL", 1 => "gw-1", _ => "gw-2" });
        }

        var queue = Log.GetQueues(topic)[0];
        var messages = await Log.ReadAllAsync(queue, Cancellation, filter: TagFilter.AnyOf("ALL", "gw-1"));
        Assert.Equal(60, messages.Count(message => message.Tag is "ALL" or "gw-1")); // more than asked is allowed, less is not

        await using var reader = Log.OpenReader(queue, TagFilter.AnyOf("nobody"));
        var offset = 0L;
        ReadResult result;
        do
        {
            result = await reader.ReadAsync(offset, 100, 1 << 20, TimeSpan.FromMilliseconds(10), Cancellation);
            result.Batch?.Dispose();
            offset = result.NextOffset;
        }
        while (offset < result.EndOffset);

        Assert.Equal(result.EndOffset, offset);
    }

    [Fact]
    public async Task An_offset_above_the_end_is_beyond_the_end()
    {
        var (queue, _) = await AppendAsync(1);
        await using var reader = Log.OpenReader(queue, TagFilter.All);
        var end = (await Log.GetRangeAsync(queue, Cancellation)).EndOffset;
        var result = await reader.ReadAsync(end + 1000, 10, 1 << 20, TimeSpan.FromSeconds(5), Cancellation);
        Assert.Equal((ReadStatus.BeyondEnd, end), (result.Status, result.EndOffset));
    }

    [Fact]
    public async Task The_range_of_a_queue_is_where_its_messages_are()
    {
        var (queue, offsets) = await AppendAsync(10);
        var range = await Log.GetRangeAsync(queue, Cancellation);
        Assert.Equal(offsets[0], range.BeginOffset);
        Assert.True(range.EndOffset > offsets[^1]);

        var empty = Log.GetQueues(await DeclareAsync(1))[0];
        var nothing = await Log.GetRangeAsync(empty, Cancellation);
        Assert.Equal(nothing.EndOffset, nothing.BeginOffset);
    }

    [Fact]
    public async Task A_raised_end_is_where_the_next_message_goes()
    {
        var (queue, _) = await AppendAsync(10);
        if (!await Log.TryRaiseEndAsync(queue, 5_000, Cancellation))
        {
            Assert.Skip("This log cannot raise an end.");
        }

        Assert.Equal(5_000, (await Log.GetRangeAsync(queue, Cancellation)).EndOffset);
        Assert.True(await Log.TryRaiseEndAsync(queue, 4_000, Cancellation)); // never back
        Assert.Equal(5_000, (await Log.GetRangeAsync(queue, Cancellation)).EndOffset);
        Assert.Equal(5_000, (await Log.GetProducer(queue.Topic).AppendAsync("k", "above", Cancellation)).Offset);

        await ReopenAsync();
        await Log.DeclareTopicAsync(new TopicDeclaration(queue.Topic), Cancellation);
        Assert.Equal(5_001, (await Log.GetRangeAsync(queue, Cancellation)).EndOffset);
        Assert.Equal(11, (await Log.ReadAllAsync(queue, Cancellation)).Count);
        Assert.Equal("above", Assert.Single(await Log.ReadAllAsync(queue, Cancellation, 3_000)).Body);
    }

    [Fact]
    public async Task A_raised_end_of_an_empty_queue_survives_a_restart()
    {
        var queue = Log.GetQueues(await DeclareAsync(1))[0];
        if (!await Log.TryRaiseEndAsync(queue, 77, Cancellation))
        {
            Assert.Skip("This log cannot raise an end.");
        }

        Assert.Equal(new QueueRange(77, 77), await Log.GetRangeAsync(queue, Cancellation));
        await ReopenAsync();
        await Log.DeclareTopicAsync(new TopicDeclaration(queue.Topic), Cancellation);
        Assert.Equal(new QueueRange(77, 77), await Log.GetRangeAsync(queue, Cancellation));
    }

    [Fact]
    public async Task Two_hundred_thousand_messages_pass_in_bounded_memory()
    {
        const int Messages = 200_000;
        var topic = await DeclareAsync(1);
        var producer = Log.GetProducer(topic);
        var sink = new CountingSink(Messages);
        var body = new byte[200];
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < Messages;)
        {
            if (producer.Append(new OutgoingMessage { Key = "k"u8, Body = body }, sink, default) == AppendAdmission.Taken)
            {
                i++;
            }
            else
            {
                await sink.AnyAsync(Cancellation);
            }
        }

        await sink.AllAsync(Cancellation);
        await using var reader = Log.OpenReader(Log.GetQueues(topic)[0], TagFilter.All);
        var (offset, read) = (0L, 0);
        while (read < Messages)
        {
            var result = await reader.ReadAsync(offset, 1000, 256 * 1024, TimeSpan.FromSeconds(10), Cancellation);
            using (result.Batch)
            {
                read += result.Batch!.Count;
            }

            offset = result.NextOffset;
        }

        Assert.Equal(Messages, read);
        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.True(grown < 40L << 20, $"Memory grew by {grown} B for {Messages * 220L} B of messages.");
    }

    /// <summary>Appends so many messages of one key to a topic of one queue.</summary>
    private async Task<(MessageQueue Queue, long[] Offsets)> AppendAsync(int count)
    {
        var topic = await DeclareAsync(1);
        var sink = new RecordingSink();
        for (var i = 0; i < count; i++)
        {
            Log.GetProducer(topic).Append("k", $"{i}", sink, default, AppendBudget.Exempt);
        }

        var outcomes = await sink.WaitAsync(count, Cancellation);
        return (Log.GetQueues(topic)[0], [.. outcomes.Select(outcome => outcome.Offset)]);
    }

    private sealed class CountingSink(int expected) : IAppendSink
    {
        private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly SemaphoreSlim _any = new(0);
        private int _count;

        public void OnOutcomes(ReadOnlySpan<AppendOutcome> outcomes)
        {
            _any.Release();
            if (Interlocked.Add(ref _count, outcomes.Length) == expected)
            {
                _all.SetResult();
            }
        }

        public Task AnyAsync(CancellationToken cancellationToken) => _any.WaitAsync(cancellationToken);

        public Task AllAsync(CancellationToken cancellationToken) => _all.Task.WaitAsync(TimeSpan.FromSeconds(60), cancellationToken);
    }
}
