using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Telematics.Tests.Storage;

public sealed class SqliteConsumerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_database_that_is_locked_is_waited_for_and_nothing_is_set_aside()
    {
        await using var bench = await ConsumerBench.CreateAsync();
        var handler = new RecordingHandler();
        await using var other = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={bench.Database.Sqlite.Path};Pooling=False");
        await other.OpenAsync(Token);
        await using (other.BeginTransaction())
        {
            bench.Append("a");
            await bench.StartAsync(handler);
            await ConsumerBench.UntilAsync(() => Task.FromResult(handler.Resets >= 1));
        }

        await bench.UntilOffsetAsync(1);
        await using var db = bench.Database.Database.CreateReader();
        Assert.Empty(await db.RejectedMessages.ToListAsync(Token));
    }
}
