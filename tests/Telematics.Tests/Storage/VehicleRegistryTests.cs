using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Telematics.Storage.Model;
using Telematics.Storage.Registry;
using Xunit;

namespace Telematics.Tests.Storage;

public sealed class VehicleRegistryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_put_vehicle_is_read_back_and_a_second_put_replaces_its_details()
    {
        await using var database = await TestDatabase.CreateAsync();
        var first = await database.Registry.PutAsync("car-1", new(Name: "One", Vin: "WVWZZZ1JZXW000001"), "test", Token);
        var second = await database.Registry.PutAsync("car-1", new(Brand: "B"), "test", Token);
        var read = await database.Registry.GetAsync("car-1", Token);
        Assert.True(first.IsNew);
        Assert.False(second.IsNew);
        Assert.Equal(first.Vehicle.Id, second.Vehicle.Id);
        Assert.Equal((null, "B"), (read!.Name, read.Brand));
    }

    [Fact]
    public async Task A_deleted_vehicle_leaves_a_tombstone_under_its_key_until_the_next_put()
    {
        await using var database = await TestDatabase.CreateAsync();
        var put = await database.Registry.PutAsync("car-1", new(), "test", Token);
        Assert.True(await database.Registry.DeleteAsync("car-1", "test", Token));
        Assert.False(await database.Registry.DeleteAsync("car-1", "test", Token));
        Assert.Null(await database.Registry.GetAsync("car-1", Token));
        await using (var db = database.Database.CreateReader())
        {
            var tombstone = Assert.Single(await VehicleRegistry.FindAsync(db, ["car-1", "car-2"], Token));
            Assert.NotNull(tombstone.DeletedAt);
        }

        var back = await database.Registry.PutAsync("car-1", new(), "test", Token);
        Assert.True(back.IsNew);
        Assert.Equal(put.Vehicle.Id, back.Vehicle.Id);
    }

    [Fact]
    public async Task Every_change_takes_the_next_number()
    {
        await using var database = await TestDatabase.CreateAsync();
        var woken = 0;
        database.Registry.Changed += () => woken++;
        await database.Registry.PutAsync("car-1", new(), "test", Token);
        await database.Registry.IssueCredentialAsync("car-1", "test", Token);
        await database.Registry.RevokeCredentialAsync("car-1", "test", Token);
        await database.Registry.DeleteAsync("car-1", "test", Token);
        var changes = await database.Registry.GetChangesAsync(0, 10, Token);
        Assert.Equal(
            [RegistryChangeKind.Put, RegistryChangeKind.CredentialIssued, RegistryChangeKind.CredentialRevoked, RegistryChangeKind.Deleted],
            changes.Select(change => change.Kind));
        Assert.Equal([1L, 2, 3, 4], changes.Select(change => change.Number));
        Assert.Equal([3L, 4], (await database.Registry.GetChangesAsync(2, 10, Token)).Select(change => change.Number));
        Assert.Equal(4, woken);
    }

    [Fact]
    public async Task A_secret_has_256_bits_and_only_its_hash_is_stored()
    {
        await using var database = await TestDatabase.CreateAsync();
        await database.Registry.PutAsync("car-1", new(), "test", Token);
        var issued = await database.Registry.IssueCredentialAsync("car-1", "test", Token);
        await using var db = database.Database.CreateReader();
        var stored = await db.VehicleCredentials.SingleAsync(Token);
        Assert.Equal(32, System.Buffers.Text.Base64Url.DecodeFromChars(issued!.Secret).Length);
        Assert.Equal(SHA256.HashData(Encoding.UTF8.GetBytes(issued.Secret)), stored.SecretHash);
    }

    [Fact]
    public async Task A_new_secret_replaces_the_old_one_and_deleting_revokes_it()
    {
        await using var database = await TestDatabase.CreateAsync();
        await database.Registry.PutAsync("car-1", new(), "test", Token);
        Assert.False((await database.Registry.IssueCredentialAsync("car-1", "test", Token))!.HasReplaced);
        Assert.True((await database.Registry.IssueCredentialAsync("car-1", "test", Token))!.HasReplaced);
        await database.Registry.DeleteAsync("car-1", "test", Token);
        await using var db = database.Database.CreateReader();
        Assert.Equal(2, await db.VehicleCredentials.CountAsync(c => c.RevokedAt != null, Token));
        Assert.Null(await database.Registry.IssueCredentialAsync("car-1", "test", Token));
        Assert.False(await database.Registry.RevokeCredentialAsync("car-1", "test", Token));
    }

    [Fact]
    public async Task A_list_goes_page_by_page_in_the_order_of_ids()
    {
        await using var database = await TestDatabase.CreateAsync();
        foreach (var id in new[] { "b", "a", "B", "c", "d" })
        {
            await database.Registry.PutAsync(id, new(), "test", Token);
        }

        await database.Registry.DeleteAsync("c", "test", Token);
        var first = await database.Registry.ListAsync(null, null, 2, Token);
        var second = await database.Registry.ListAsync(null, first[^1].VehicleId, 10, Token);
        Assert.Equal(["B", "a"], first.Select(v => v.VehicleId));
        Assert.Equal(["b", "d"], second.Select(v => v.VehicleId));
    }

    [Theory]
    [InlineData("VAN", 2)]
    [InlineData("%", 1)]
    [InlineData("_", 0)]
    [InlineData("volt", 1)]
    [InlineData("nothing", 0)]
    [InlineData("Ärger", 1)]
    [InlineData("ÄRGER", 1)]
    public async Task A_query_finds_parts_of_the_texts_and_knows_no_wildcards(string query, int count)
    {
        await using var database = await TestDatabase.CreateAsync();
        await database.Registry.PutAsync("van-1", new(Name: "100% electric"), "test", Token);
        await database.Registry.PutAsync("car-1", new(Name: "Old Van", Brand: "Voltine", Model: "Ärger"), "test", Token);
        Assert.Equal(count, (await database.Registry.ListAsync(query, null, 10, Token)).Count);
    }

    [Fact]
    public async Task Many_vehicles_register_in_one_transaction()
    {
        await using var database = await TestDatabase.CreateAsync();
        var ids = Enumerable.Range(0, 1_200).Select(i => $"car-{i}").ToList();
        await using (var session = await database.Database.BeginWriteAsync(Token))
        {
            var vehicles = await database.Registry.RegisterAsync(ids, session, Token);
            Assert.All(vehicles, vehicle => Assert.NotEqual(0, vehicle.Id));
            await session.CommitAsync(Token);
        }

        await using var db = database.Database.CreateReader();
        Assert.Equal(1_200, (await VehicleRegistry.FindAsync(db, ids, Token)).Count);
        Assert.Equal(1_200, await db.RegistryChanges.CountAsync(Token));
    }
}
