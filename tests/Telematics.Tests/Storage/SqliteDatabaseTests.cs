using Microsoft.EntityFrameworkCore;
using Telematics.Storage.Model;
using Xunit;

namespace Telematics.Tests.Storage;

public sealed class SqliteDatabaseTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_not_committed_is_rolled_back()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using (var session = await database.Database.BeginWriteAsync(Token))
        {
            session.Db.LogIdentities.Add(new LogIdentity { Identity = "a" });
            await session.Db.SaveChangesAsync(Token);
        }

        await using var db = database.Database.CreateReader();
        Assert.Empty(await db.LogIdentities.ToListAsync(Token));
    }

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
    public async Task A_snapshot_sees_one_state_while_others_write()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var snapshot = await database.Database.BeginSnapshotAsync(Token);
        Assert.Equal(0, await snapshot.Db.Vehicles.CountAsync(Token));
        await database.Registry.PutAsync("car-1", new(), "test", Token);
        Assert.Equal(0, await snapshot.Db.Vehicles.CountAsync(Token));
        await using var db = database.Database.CreateReader();
        Assert.Equal(1, await db.Vehicles.CountAsync(Token));
    }

    [Fact]
    public async Task A_connection_that_served_a_snapshot_sees_what_is_new_afterwards()
    {
        await using var database = await TestDatabase.CreateAsync();
        for (var i = 0; i < 5; i++)
        {
            await using (var snapshot = await database.Database.BeginSnapshotAsync(Token))
            {
                Assert.Equal(i, await snapshot.Db.Vehicles.CountAsync(Token));
            }

            await database.Registry.PutAsync($"car-{i}", new(), "test", Token);
            await using var db = database.Database.CreateReader();
            Assert.Equal(i + 1, await db.Vehicles.CountAsync(Token));
        }
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

    [Fact]
    public async Task What_was_written_after_a_savepoint_can_be_undone_alone()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using (var session = await database.Database.BeginWriteAsync(Token))
        {
            session.Db.GatewayInstances.Add(new GatewayInstance { Instance = "kept" });
            await session.Db.SaveChangesAsync(Token);
            await session.CreateSavepointAsync("before", Token);
            session.Db.GatewayInstances.Add(new GatewayInstance { Instance = "undone" });
            await session.Db.SaveChangesAsync(Token);
            await session.RollbackToSavepointAsync("before", Token);
            await session.CommitAsync(Token);
        }

        await using var db = database.Database.CreateReader();
        Assert.Equal("kept", (await db.GatewayInstances.SingleAsync(Token)).Instance);
    }
}
