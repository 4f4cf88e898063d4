using System.Globalization;
using Telematics.Messaging;
using Telematics.Messaging.Embedded;
using Xunit;

namespace Telematics.Tests.Messaging;

/// <summary>Bits that turned over, files cut short: what can be read is read, what is lost is told, nothing hangs.</summary>
public sealed class EmbeddedLogDamageTests : IDisposable
{
    private const int MessagesDamaged = 6007;
    private readonly EmbeddedLogFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_message_with_a_turned_bit_is_skipped_and_told()
    {
        await WriteAsync(100);
        ChangeFile(bytes => bytes[bytes.AsSpan().IndexOf("<0000000057>"u8) + 3] ^= 1);

        await using var log = _folder.Open();
        var queue = log.GetQueues("t")[0];
        var messages = await log.ReadAllAsync(queue, Cancellation);
        Assert.Equal(Enumerable.Range(0, 100).Where(i => i != 57).Select(i => (long)i), messages.Select(message => message.Offset));
        var line = Assert.Single(_folder.Lines.All, line => line.Id == MessagesDamaged);
        Assert.Contains("57 to 57", line.Text, StringComparison.Ordinal);

        Assert.Equal(99, (await log.ReadAllAsync(queue, Cancellation, maxMessages: 1)).Count); // told once
        Assert.Equal(1, _folder.Lines.Count(MessagesDamaged));
        Assert.Equal(100, (await log.GetProducer("t").AppendAsync("k", "next", Cancellation)).Offset);
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.6)]
    [InlineData(0.9)]
    public async Task Destroyed_pages_cost_what_was_on_them_and_no_more(double place)
    {
        const int PageLength = 8192;
        await WriteAsync(20_000);
        ChangeFile(bytes =>
        {
            var page = (int)(bytes.Length * place) / PageLength;
            bytes.AsSpan(page * PageLength, 3 * PageLength).Fill(0xA5);
        });

        await using var log = _folder.Open();
        var queue = log.GetQueues("t")[0];
        var messages = await log.ReadAllAsync(queue, Cancellation).WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
        Assert.InRange(messages.Count, 10_000, 19_999);
        Assert.Equal(messages.Select(message => message.Offset).Order().Distinct(), messages.Select(message => message.Offset));
        Assert.All(messages, message => Assert.Equal(BodyOf((int)message.Offset), message.Body));
        Assert.NotEqual(0, _folder.Lines.Count(MessagesDamaged));

        var outcome = await log.GetProducer("t").AppendAsync("k", "next", Cancellation);
        Assert.True(outcome.Offset >= 20_000, $"Offset {outcome.Offset} was given before.");
        Assert.Equal("next", Assert.Single(await log.ReadAllAsync(queue, Cancellation, outcome.Offset)).Body);
    }

    [Fact]
    public async Task A_segment_that_is_no_database_any_more_costs_its_messages_and_offsets_go_on_above()
    {
        await WriteAsync(100);
        ChangeFile(bytes => bytes.AsSpan(0, 4096).Clear());

        await using var log = _folder.Open();
        var queue = log.GetQueues("t")[0];
        var outcome = await log.GetProducer("t").AppendAsync("k", "next", Cancellation);
        Assert.True(outcome.Offset >= 100, $"Offset {outcome.Offset} was given before.");
        Assert.Equal("next", Assert.Single(await log.ReadAllAsync(queue, Cancellation, outcome.Offset)).Body);
        Assert.Equal(1, _folder.Lines.Count(6006));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(9_000)]
    public async Task A_torn_tail_is_cut_off(int bytesLost)
    {
        // A copy of the files of an open log is what a crash leaves behind.
        using var crashed = new EmbeddedLogFolder();
        await using (var log = _folder.Open())
        {
            await AppendAsync(log, 50);
            await AppendAsync(log, 50, first: 50);
            Directory.CreateDirectory(crashed.Options.Directory);
            foreach (var file in Directory.EnumerateFiles(_folder.Options.Directory).Where(file => !file.EndsWith("-shm", StringComparison.Ordinal)))
            {
                File.Copy(file, Path.Combine(crashed.Options.Directory, Path.GetFileName(file)));
            }
        }

        var writeAheadLog = Directory.EnumerateFiles(crashed.Options.Directory, "*-wal").Single();
        using (var file = File.OpenWrite(writeAheadLog))
        {
            file.SetLength(file.Length - bytesLost);
        }

        await using var recovered = crashed.Open();
        var queue = recovered.GetQueues("t")[0];
        var messages = await recovered.ReadAllAsync(queue, Cancellation);
        Assert.InRange(messages.Count, 1, 99);
        Assert.Equal(Enumerable.Range(0, messages.Count).Select(BodyOf), messages.Select(message => message.Body));

        // The database had seen more: the log goes on above it.
        Assert.True(await recovered.TryRaiseEndAsync(queue, 100, Cancellation));
        Assert.Equal(100, (await recovered.GetProducer("t").AppendAsync("k", "next", Cancellation)).Offset);
        Assert.Equal(messages.Count + 1, (await recovered.ReadAllAsync(queue, Cancellation)).Count);
        Assert.Equal(0, crashed.Lines.Count(MessagesDamaged));
    }

    [Fact]
    public async Task A_raised_end_is_no_damage_after_a_restart_either()
    {
        await using (var log = _folder.Open())
        {
            await AppendAsync(log, 10);
            await log.TryRaiseEndAsync(log.GetQueues("t")[0], 1000, Cancellation);
        }

        await using var next = _folder.Open();
        Assert.Equal(1000, (await next.GetProducer("t").AppendAsync("k", "above", Cancellation)).Offset);
        Assert.Equal(11, (await next.ReadAllAsync(next.GetQueues("t")[0], Cancellation)).Count);
        Assert.Equal(0, _folder.Lines.Count(MessagesDamaged));
    }

    [Fact]
    public async Task After_damage_no_offset_is_given_twice_at_any_later_opening()
    {
        await WriteAsync(100);
        ChangeFile(bytes => bytes.AsSpan(0, 4096).Clear());
        long end;
        await using (var log = _folder.Open())
        {
            end = (await log.GetRangeAsync(log.GetQueues("t")[0], Cancellation)).EndOffset;
        }

        foreach (var file in _folder.SegmentFiles.ToArray())
        {
            File.Delete(file);
        }

        await using var next = _folder.Open();
        Assert.True((await next.GetRangeAsync(next.GetQueues("t")[0], Cancellation)).EndOffset >= end);
    }

    private static string BodyOf(int number) => $"<{number.ToString("D10", CultureInfo.InvariantCulture)}>{new string('.', 150)}";

    private static async Task AppendAsync(EmbeddedMessageLog log, int count, int first = 0)
    {
        await log.DeclareTopicAsync(new TopicDeclaration("t", 1), Cancellation);
        var sink = new RecordingSink();
        for (var i = 0; i < count; i++)
        {
            log.GetProducer("t").Append("k", BodyOf(first + i), sink, default, AppendBudget.Exempt);
        }

        await sink.WaitAsync(count, Cancellation);
    }

    private async Task WriteAsync(int count)
    {
        await using var log = _folder.Open();
        await AppendAsync(log, count);
    }

    private void ChangeFile(Action<byte[]> change)
    {
        var path = _folder.SegmentFiles.Single();
        var bytes = File.ReadAllBytes(path);
        change(bytes);
        File.WriteAllBytes(path, bytes);
        Assert.False(File.Exists(path + "-wal"), "The log was not closed cleanly.");
    }
}
