using Microsoft.EntityFrameworkCore;
using Telematics.Storage.Model;
using Xunit;

namespace Telematics.Tests.Storage;

/// <summary>Transactions and snapshots, the same on every database.</summary>
public sealed class WriteSessionTests
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
