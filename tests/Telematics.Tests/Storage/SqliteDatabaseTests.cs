using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Telematics.Tests.Storage;

public sealed class SqliteDatabaseTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Writers_take_turns_in_the_order_in_which_they_came()
    {
        await using var database = await TestDatabase.CreateAsync();
        var order = new List<int>();
        var first = await database.Database.BeginWriteAsync(Token);
        var others = Enumerable.Range(0, 20).Select(WriteAsync).ToList();
        Assert.All(others, writer => Assert.False(writer.IsCompleted));
        await first.DisposeAsync();
        await Task.WhenAll(others);
        Assert.Equal(Enumerable.Range(0, 20), order);

        async Task WriteAsync(int number)
        {
            await using var session = await database.Database.BeginWriteAsync(Token);
            order.Add(number);
            await Task.Yield();
        }
    }

    [Fact]
    public async Task A_canceled_wait_for_the_turn_leaves_the_turn_to_the_next()
    {
        await using var database = await TestDatabase.CreateAsync();
        using var canceled = new CancellationTokenSource();
        var first = await database.Database.BeginWriteAsync(Token);
        var waiting = database.Database.BeginWriteAsync(canceled.Token).AsTask();
        await canceled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await first.DisposeAsync();
        await using var next = await database.Database.BeginWriteAsync(Token);
    }

    [Fact]
    public async Task A_reader_cannot_write()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var db = database.Database.CreateReader();
        await Assert.ThrowsAsync<Microsoft.Data.Sqlite.SqliteException>(() => db.Database.ExecuteSqlAsync($"DELETE FROM vehicle", Token));
    }

    [Fact]
    public async Task A_lock_that_another_process_holds_is_waiting_not_poison()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var other = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={database.Sqlite.Path};Pooling=False");
        await other.OpenAsync(Token);
        await using (other.BeginTransaction())
        {
            var refused = await Assert.ThrowsAsync<Microsoft.Data.Sqlite.SqliteException>(async () => await database.Database.BeginWriteAsync(Token));
            Assert.True(database.Database.IsUnavailable(refused));
        }

        await using var session = await database.Database.BeginWriteAsync(Token);
    }
}
