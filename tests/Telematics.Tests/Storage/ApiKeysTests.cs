using System.Text.RegularExpressions;
using Telematics.Storage.Model;
using Xunit;

namespace Telematics.Tests.Storage;

public sealed partial class ApiKeysTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_is_authenticated_until_it_is_revoked()
    {
        await using var database = await TestDatabase.CreateAsync();
        var secret = await database.ApiKeys.CreateAsync("ops", ApiRole.Supervisor, Token);
        Assert.Null(await database.ApiKeys.CreateAsync("ops", ApiRole.Viewer, Token));
        Assert.Equal(("ops", ApiRole.Supervisor), await database.ApiKeys.AuthenticateAsync(secret!, Token) is { } key ? (key.Name, key.Role) : default);
        Assert.Null(await database.ApiKeys.AuthenticateAsync(secret + "x", Token));
        Assert.True(await database.ApiKeys.RevokeAsync("ops", Token));
        Assert.False(await database.ApiKeys.RevokeAsync("ops", Token));
        Assert.Null(await database.ApiKeys.AuthenticateAsync(secret!, Token));
        Assert.NotNull((await database.ApiKeys.ListAsync(Token)).Single().RevokedAt);
    }

    [Fact]
    public async Task Of_many_that_make_a_key_of_one_name_at_once_one_gets_it()
    {
        await using var database = await TestDatabase.CreateAsync();
        var secrets = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => database.ApiKeys.CreateAsync("ops", ApiRole.Viewer, Token), Token)));
        var secret = Assert.Single(secrets, secret => secret is not null);
        Assert.Equal("ops", (await database.ApiKeys.AuthenticateAsync(secret!, Token))!.Name);
        Assert.Single(await database.ApiKeys.ListAsync(Token));
    }

    [Fact]
    public async Task Keys_are_listed_by_name_in_the_same_order_everywhere_and_their_secrets_are_not_kept()
    {
        await using var database = await TestDatabase.CreateAsync();
        foreach (var name in new[] { "b", "ä", "A", "a b", "Z", "_" })
        {
            var secret = await database.ApiKeys.CreateAsync(name, ApiRole.Administrator, Token);
            Assert.Matches(Base64Url(), secret);
            Assert.DoesNotContain(await database.ApiKeys.ListAsync(Token), key => System.Text.Encoding.ASCII.GetString(key.KeyHash) == secret);
        }

        Assert.Equal(["A", "Z", "_", "a b", "b", "ä"], (await database.ApiKeys.ListAsync(Token)).Select(key => key.Name));
    }

    [GeneratedRegex("^[A-Za-z0-9_-]{43}$")]
    private static partial Regex Base64Url();
}
