using Telematics.Messaging;
using Xunit;

namespace Telematics.Tests.Messaging;

/// <summary>A message is stored a moment before its queue's end moves over it.</summary>
public sealed class VisibleEndTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_read_stops_at_the_visible_end_and_is_never_beyond_it()
    {
        using var folder = new EmbeddedLogFolder();
        await using var log = folder.Open();
        await log.DeclareTopicAsync(new TopicDeclaration("t", 1), Cancel);
        for (var i = 0; i < 10; i++)
        {
            await log.GetProducer("t").AppendAsync("k", new byte[] { (byte)i }, cancellationToken: Cancel);
        }

        var queue = log.GetQueues("t")[0];
        log.Context.Queues.Values.Single().Publish(5);
        await using var reader = log.OpenReader(queue, TagFilter.All);
        var read = await reader.ReadAsync(0, 100, 1 << 20, TimeSpan.Zero, Cancel);
        Assert.Equal((ReadStatus.Messages, 5, 5L), (read.Status, read.Batch!.Count, read.NextOffset));
        read.Batch.Dispose();
        Assert.Equal(ReadStatus.Nothing, (await reader.ReadAsync(5, 100, 1 << 20, TimeSpan.Zero, Cancel)).Status);

        log.Context.Queues.Values.Single().Publish(10);
        var rest = await reader.ReadAsync(5, 100, 1 << 20, TimeSpan.Zero, Cancel);
        Assert.Equal((5, 10L), (rest.Batch!.Count, rest.NextOffset));
        rest.Batch.Dispose();
    }
}
