using Telematics.Commands;
using Telematics.Contracts.Commands;
using Telematics.Messaging;
using Telematics.Storage.Model;
using Xunit;

namespace Telematics.Tests.Commands;

public sealed class RegistryFollowerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_deleted_vehicle_is_put_out_and_its_open_executions_end()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1", "car-2");
        var sent = await bench.OrderAsync(["car-1", "car-2"], ttl: 600);
        var waiting = await bench.OrderAsync(["car-1"], ttl: 600);
        await bench.Database.Registry.DeleteAsync("car-1", "test", Token);
        await bench.FollowRegistryAsync();
        var close = Assert.Single(bench.Sent(GatewayOrderKind.CloseChannel));
        Assert.Equal(("car-1", "ALL", (string?)null), (close.Key, close.Tag, close.ChannelId));
        var first = await bench.ExecutionAsync(sent, "car-1");
        Assert.Equal((ExecutionState.Canceled, ServerReasons.VehicleDeleted), (first.State, first.Code));
        Assert.Equal(ExecutionState.Canceled, await bench.StateAsync(waiting, "car-1"));
        Assert.Equal(ExecutionState.Sent, await bench.StateAsync(sent, "car-2"));
        Assert.Equal(CommandState.Completed, (await bench.CheckedAsync(waiting)).State);
        Assert.Equal(CommandState.Running, (await bench.CheckedAsync(sent)).State);
    }

    [Fact]
    public async Task Revoking_and_replacing_close_and_a_first_credential_does_not()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.RegisterAsync("car-1");
        await bench.Database.Registry.IssueCredentialAsync("car-1", "test", Token);
        await bench.FollowRegistryAsync();
        Assert.Empty(bench.Sent());
        await bench.Database.Registry.IssueCredentialAsync("car-1", "test", Token);
        await bench.FollowRegistryAsync();
        Assert.Single(bench.Sent(GatewayOrderKind.CloseChannel));
        await bench.Database.Registry.RevokeCredentialAsync("car-1", "test", Token);
        await bench.FollowRegistryAsync();
        Assert.Equal(2, bench.Sent(GatewayOrderKind.CloseChannel).Count);
        await bench.FollowRegistryAsync();
        bench.RestartRole();
        await bench.FollowRegistryAsync();
        Assert.Equal(2, bench.Sent().Count);
    }

    [Fact]
    public async Task A_change_is_followed_again_when_its_order_was_not_stored()
    {
        await using var bench = await CommandsBench.CreateAsync(("AppendTimeoutSeconds", "1"));
        await bench.ConnectAsync("car-1");
        await bench.Database.Registry.DeleteAsync("car-1", "test", Token);
        bench.Log.IsReadOnly = true;
        var following = bench.FollowRegistryAsync();
        while (!following.IsCompleted)
        {
            // Again and again: when the order is appended, its deadline need not be set yet.
            bench.Clock.Advance(TimeSpan.FromSeconds(2));
            await Task.Delay(5, Token);
        }

        await Assert.ThrowsAsync<MessageLogException>(() => following);
        bench.Log.LosePending();
        bench.Log.IsReadOnly = false;
        await bench.FollowRegistryAsync();
        Assert.Single(bench.Sent(GatewayOrderKind.CloseChannel));
    }

    [Fact]
    public async Task A_vehicle_that_was_put_back_keeps_what_was_ordered_since()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1");
        var before = await bench.OrderAsync(["car-1"], ttl: 600);
        bench.Clock.Advance(TimeSpan.FromSeconds(1));
        await bench.Database.Registry.DeleteAsync("car-1", "test", Token);
        await bench.RegisterAsync("car-1");
        var after = await bench.OrderAsync(["car-1"], ttl: 600);
        await bench.FollowRegistryAsync();
        await bench.DispatchAsync();
        Assert.Equal(ExecutionState.Canceled, await bench.StateAsync(before, "car-1"));
        Assert.Equal(ExecutionState.Sent, await bench.StateAsync(after, "car-1"));
    }
}
