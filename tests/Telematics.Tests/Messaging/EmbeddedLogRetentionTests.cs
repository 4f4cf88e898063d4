using Microsoft.Extensions.Time.Testing;
using Telematics.Messaging;
using Telematics.Messaging.Embedded;
using Xunit;

namespace Telematics.Tests.Messaging;

public sealed class EmbeddedLogRetentionTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly EmbeddedLogFolder _folder = new();

    public EmbeddedLogRetentionTests()
    {
        _folder.Time = _time;
        _folder.Options.RetentionBytes = 16 << 20;
        _folder.Options.SegmentBytes = 1 << 20;
        _folder.Options.RetentionInterval = TimeSpan.FromHours(1);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_oldest_messages_go_when_the_log_is_larger_than_it_may_be()
    {
        await using var log = _folder.Open();
        var queue = await DeclareAsync(log);
        await AppendAsync(log, queue, 600, 50_000);
        log.RunUpkeep();

        var range = await log.GetRangeAsync(queue, Cancellation);
        Assert.Equal(600, range.EndOffset);
        Assert.InRange(range.BeginOffset, 200, 500);
        Assert.InRange(_folder.SegmentFiles.Sum(file => new FileInfo(file).Length), 8 << 20, 18 << 20);

        await using var reader = log.OpenReader(queue, TagFilter.All);
        Assert.Equal(new ReadResult(ReadStatus.Trimmed, null, range.BeginOffset, 600), await reader.ReadAsync(3, 10, 1 << 20, TimeSpan.FromMinutes(1), Cancellation));
        var messages = await log.ReadAllAsync(queue, Cancellation, range.BeginOffset);
        Assert.Equal(600 - range.BeginOffset, messages.Count);
        Assert.Equal(range.BeginOffset, messages[0].Offset);
    }

    [Fact]
    public async Task Old_messages_go_and_their_offsets_never_come_back()
    {
        var log = _folder.Open();
        var queue = await DeclareAsync(log);
        await AppendAsync(log, queue, 100, 1000);
        _time.Advance(TimeSpan.FromDays(2));
        await AppendAsync(log, queue, 10, 1000);
        _time.Advance(TimeSpan.FromDays(1.5));
        log.RunUpkeep();
        Assert.Equal(new QueueRange(100, 110), await log.GetRangeAsync(queue, Cancellation));

        // The newest segment too, once nobody writes any more.
        _time.Advance(TimeSpan.FromDays(2));
        for (var round = 0; round < 3; round++)
        {
            log.RunUpkeep();
            await log.TryRaiseEndAsync(queue, 0, Cancellation); // the writer has done what it was asked
        }

        Assert.Equal(new QueueRange(110, 110), await log.GetRangeAsync(queue, Cancellation));
        Assert.Empty(_folder.SegmentFiles);
        await log.DisposeAsync();

        await using var next = _folder.Open();
        Assert.Equal(new QueueRange(110, 110), await next.GetRangeAsync(queue, Cancellation));
        Assert.Equal(110, (await next.GetProducer(queue.Topic).AppendAsync("k", "x", Cancellation)).Offset);
    }

    [Fact]
    public async Task The_timer_runs_it()
    {
        await using var log = _folder.Open();
        var queue = await DeclareAsync(log);
        await AppendAsync(log, queue, 10, 1000);
        _time.Advance(TimeSpan.FromDays(2));
        await AppendAsync(log, queue, 1, 1000);
        _time.Advance(TimeSpan.FromDays(1.5));
        await _folder.Lines.WaitAsync(6008, Cancellation);
        Assert.Equal(10, (await log.GetRangeAsync(queue, Cancellation)).BeginOffset);
    }

    [Fact]
    public async Task A_reader_in_the_middle_hears_that_it_was_trimmed()
    {
        await using var log = _folder.Open();
        var queue = await DeclareAsync(log);
        await AppendAsync(log, queue, 100, 50_000);
        await using var reader = log.OpenReader(queue, TagFilter.All);
        var first = await reader.ReadAsync(0, 5, 1 << 20, TimeSpan.Zero, Cancellation);
        first.Batch!.Dispose();
        _time.Advance(TimeSpan.FromDays(2));
        await AppendAsync(log, queue, 1, 10);
        _time.Advance(TimeSpan.FromDays(1.5));
        log.RunUpkeep();
        Assert.Equal((ReadStatus.Trimmed, 100L), await StatusAsync(reader, first.NextOffset));
        Assert.Equal((ReadStatus.Messages, 101L), await StatusAsync(reader, 100));

        static async Task<(ReadStatus, long)> StatusAsync(IQueueReader reader, long offset)
        {
            var result = await reader.ReadAsync(offset, 10, 1 << 20, TimeSpan.Zero, Cancellation);
            result.Batch?.Dispose();
            return (result.Status, result.NextOffset);
        }
    }

    [Fact]
    public async Task A_file_that_a_reader_still_holds_does_not_take_a_newer_one_with_it()
    {
        await using var log = _folder.Open();
        var queue = await DeclareAsync(log);
        await AppendAsync(log, queue, 10, 100);
        var held = log.Context.Segments.Acquire(log.Context.Queues.Keys.Single(), 0, out _)!;
        _time.Advance(TimeSpan.FromDays(4));
        for (var round = 0; round < 3; round++)
        {
            log.RunUpkeep();
            await log.TryRaiseEndAsync(queue, 0, Cancellation);
        }

        Assert.Empty(log.Context.Segments.All);
        await AppendAsync(log, queue, 5, 100);
        held.Release();
        Assert.Equal(5, (await log.ReadAllAsync(queue, Cancellation, 10)).Count);
        Assert.DoesNotContain(held.Path, _folder.SegmentFiles);
        Assert.Single(_folder.SegmentFiles);
    }

    [Fact]
    public async Task A_wait_counts_on_the_given_clock()
    {
        await using var log = _folder.Open();
        var queue = await DeclareAsync(log);
        await using var reader = log.OpenReader(queue, TagFilter.All);
        var read = reader.ReadAsync(0, 10, 1 << 20, TimeSpan.FromSeconds(20), Cancellation).AsTask();
        _time.Advance(TimeSpan.FromSeconds(19));
        Assert.False(read.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(ReadStatus.Nothing, (await read.WaitAsync(TimeSpan.FromSeconds(30), Cancellation)).Status);
    }

    private static async Task<MessageQueue> DeclareAsync(EmbeddedMessageLog log)
    {
        await log.DeclareTopicAsync(new TopicDeclaration("kept", 1), Cancellation);
        return log.GetQueues("kept")[0];
    }

    private static async Task AppendAsync(EmbeddedMessageLog log, MessageQueue queue, int count, int length)
    {
        var sink = new RecordingSink();
        var body = new string('x', length);
        for (var i = 0; i < count; i++)
        {
            log.GetProducer(queue.Topic).Append("k", body, sink, default, AppendBudget.Exempt);
        }

        await sink.WaitAsync(count, Cancellation);
    }
}
