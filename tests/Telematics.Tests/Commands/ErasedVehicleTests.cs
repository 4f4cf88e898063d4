using Telematics.Commands.Executions;
using Telematics.Contracts.Commands;
using Telematics.Contracts.Presence;
using Telematics.Storage.Model;
using Telematics.Tests.Storage.Erasures;
using Xunit;

namespace Telematics.Tests.Commands;

/// <summary>What gateways, cars and the dispatcher do with the orders of a vehicle that is erased.</summary>
public sealed class ErasedVehicleTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_erased_vehicle_is_put_out_and_its_open_executions_end_whoever_comes_first(bool isFollowedFirst)
    {
        await using var bench = await CommandsBench.CreateAsync();
        await using var erasures = Erasures(bench);
        await bench.ConnectAsync("car-1", "car-2");
        var both = await bench.OrderAsync(["car-1", "car-2"], ttl: 600);
        var alone = await bench.OrderAsync(["car-1"], ttl: 600);
        var all = await bench.OrderAsync(null, ttl: 600);
        await erasures.EraseAsync("car-1");
        if (isFollowedFirst)
        {
            await bench.FollowRegistryAsync();
        }

        await erasures.RunAsync();
        await bench.FollowRegistryAsync();

        var close = Assert.Single(bench.Sent(GatewayOrderKind.CloseChannel));
        Assert.Equal(("car-1", "ALL"), (close.Key, close.Tag));
        Assert.Null(await bench.Operations.GetAsync(alone, Token));
        Assert.Equal(1, (await bench.Operations.GetAsync(both, Token))!.Counts.Canceled);
        Assert.Equal(ExecutionState.Sent, await bench.StateAsync(both, "car-2"));

        // What is left goes its way, and both commands end.
        foreach (var command in new[] { both, all })
        {
            bench.Receipt(CommandReceiptKind.Delivered, command, "car-2");
            bench.Result("car-2", command, VehicleCommandState.Succeeded);
        }

        await bench.PumpAsync();
        await bench.DispatchAsync();
        await bench.PassAsync(700);
        foreach (var command in new[] { both, all })
        {
            var ended = (await bench.Operations.GetAsync(command, Token))!;
            Assert.Equal((CommandState.Completed, 1L, 1L), (ended.State, ended.Counts.Succeeded, ended.Counts.Canceled));
        }
    }

    [Fact]
    public async Task Receipts_and_results_of_executions_that_are_gone_change_nothing_and_are_not_kept()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await using var erasures = Erasures(bench);
        await bench.ConnectAsync("car-1", "car-2");
        var both = await bench.OrderAsync(["car-1", "car-2"], ttl: 600);
        var alone = await bench.OrderAsync(["car-1"], ttl: 600);
        await erasures.EraseAsync("car-1");
        await erasures.RunAsync();
        foreach (var command in new[] { both, alone })
        {
            foreach (var kind in Enum.GetValues<CommandReceiptKind>())
            {
                bench.Receipt(kind, command, "car-1");
            }

            bench.Result("car-1", command, VehicleCommandState.Succeeded);
        }

        bench.ResultBody("car-1", "{"u8.ToArray());
        bench.ResultBody("car-2", "{"u8.ToArray());
        await bench.PumpAsync();
        await bench.DispatchAsync();
        await bench.SweepAsync();
        Assert.Equal("car-2", Assert.Single(await bench.RejectedAsync()).VehicleId);
        Assert.Equal(ExecutionState.Sent, await bench.StateAsync(both, "car-2"));
        Assert.Equal(1, (await bench.Operations.GetAsync(both, Token))!.Counts.Canceled);
    }

    [Fact]
    public async Task A_command_that_is_gone_cannot_be_canceled_and_one_that_is_canceled_ends()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await using var erasures = Erasures(bench);
        await bench.ConnectAsync("car-1", "car-2");
        var both = await bench.OrderAsync(["car-1", "car-2"], ttl: 600);
        var alone = await bench.OrderAsync(["car-1"], ttl: 600);
        await bench.Operations.CancelAsync(both, "tester", Token);
        await erasures.EraseAsync("car-1");
        await erasures.RunAsync();
        await bench.DispatchAsync();
        Assert.IsType<Telematics.Commands.Operations.CancelOutcome.NotFound>(await bench.Operations.CancelAsync(alone, "tester", Token));
        Assert.Equal("car-2", Assert.Single(bench.Sent(GatewayOrderKind.Withdraw), order => order.CommandId == both).Key);
        bench.Receipt(CommandReceiptKind.Withdrawn, both, "car-2");
        await bench.PumpAsync();
        Assert.Equal(CommandState.Canceled, (await bench.Operations.GetAsync(both, Token))!.State);
    }

    [Fact]
    public async Task An_execution_that_vanished_under_a_batch_is_no_longer_found()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await using var erasures = Erasures(bench);
        await bench.ConnectAsync("car-1");
        var command = await bench.OrderAsync(["car-1"], ttl: 600);
        var key = new[] { (command, "car-1") };
        await using var session = await bench.Database.Database.BeginWriteAsync(Token);
        var lookup = await ExecutionLookup.LoadAsync(session, key, Token);
        Assert.NotNull(lookup.Find(command, "car-1"));
        await using (var delete = session.Transaction.Connection!.CreateCommand())
        {
            delete.Transaction = session.Transaction;
            delete.CommandText = "DELETE FROM command_execution";
            await delete.ExecuteNonQueryAsync(Token);
        }

        await lookup.ReloadAsync(session, key, Token);
        Assert.Null(lookup.Find(command, "car-1"));
    }

    [Fact]
    public async Task A_connection_of_an_erased_vehicle_is_not_noted_but_closed_until_the_vehicle_is_put_back()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await using var erasures = Erasures(bench);
        await bench.ConnectAsync("car-1");
        await erasures.EraseAsync("car-1");
        bench.Connect("car-1", "ch-2");
        await bench.PumpAsync();
        await erasures.RunAsync();
        bench.Close("car-1", "ch-2");
        bench.Event(VehicleEventType.Announce, CommandsBench.Gateway, "car-1", "ch-3");
        bench.Connect("car-1", "ch-4");
        await bench.PumpAsync();
        Assert.Null(await bench.ConnectionAsync("car-1"));
        Assert.Equal(["ch-2", "ch-3", "ch-4"], bench.Sent(GatewayOrderKind.CloseChannel).Select(order => order.ChannelId));

        await bench.RegisterAsync("car-1");
        bench.Connect("car-1", "ch-5");
        await bench.PumpAsync();
        Assert.True(await bench.IsOnlineAsync("car-1"));
        var order = await bench.OrderAsync(["car-1"]);
        Assert.Equal(ExecutionState.Sent, await bench.StateAsync(order, "car-1"));
    }

    private static ErasureBench Erasures(CommandsBench bench) => new(bench.Database.Database, bench.Database.Store);
}
