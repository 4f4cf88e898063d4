using Telematics.Commands;
using Telematics.Commands.Operations;
using Telematics.Contracts.Commands;
using Telematics.Storage.Model;
using Xunit;

namespace Telematics.Tests.Commands;

public sealed class CancelTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_waits_is_canceled_at_once_and_for_good()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.RegisterAsync("car-1");
        var first = await bench.OrderAsync(["car-1"], ttl: 600);
        var second = await bench.OrderAsync(["car-1"], ttl: 600);
        Assert.IsType<CancelOutcome.Canceling>(await bench.Operations.CancelAsync(first, "boss", Token));
        await bench.DispatchAsync();
        var execution = await bench.ExecutionAsync(first, "car-1");
        Assert.Equal((ExecutionState.Canceled, ServerReasons.Canceled, false), (execution.State, execution.Code, execution.IsSoft));
        Assert.Equal(CommandState.Canceled, (await bench.CheckedAsync(first)).State);
        Assert.Contains(await bench.EventsAsync(first), e => e is { Actor: "boss", Reason: "cancel" });
        Assert.Equal("boss", (await bench.EventsAsync(first, "car-1"))[^1].Actor);
        Assert.Empty(bench.Sent());

        // The next order of the car is free.
        bench.Connect("car-1", "ch-1");
        await bench.PumpAsync();
        await bench.DispatchAsync();
        Assert.Equal(second, Assert.Single(bench.Sent()).CommandId);
    }

    [Fact]
    public async Task What_was_appended_is_asked_back_and_ends_as_withdrawn()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1");
        var id = await bench.OrderAsync(["car-1"], ttl: 600);
        await bench.Operations.CancelAsync(id, "boss", Token);
        await bench.DispatchAsync();
        var withdraw = Assert.Single(bench.Sent(GatewayOrderKind.Withdraw));
        Assert.Equal(("car-1", "ALL", id), (withdraw.Key, withdraw.Tag, withdraw.CommandId));
        Assert.Equal(ExecutionState.Sent, await bench.StateAsync(id, "car-1"));
        Assert.Equal(CommandState.Canceling, (await bench.CheckedAsync(id)).State);
        bench.Receipt(CommandReceiptKind.Withdrawn, id, "car-1");
        await bench.PumpAsync();
        Assert.Equal(ExecutionState.Canceled, await bench.StateAsync(id, "car-1"));
        Assert.Equal(CommandState.Canceled, (await bench.CheckedAsync(id)).State);
        await bench.DispatchAsync();
        Assert.Single(bench.Sent(GatewayOrderKind.Withdraw));
    }

    [Fact]
    public async Task What_was_appended_and_is_heard_of_no_more_is_canceled_by_its_timeout_and_a_result_still_wins()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1");
        var id = await bench.OrderAsync(["car-1"], ttl: 600);
        await bench.Operations.CancelAsync(id, "boss", Token);
        await bench.DispatchAsync();
        await bench.PassAsync(11);
        await bench.DispatchAsync();
        Assert.Equal((ExecutionState.Canceled, true), ((await bench.ExecutionAsync(id, "car-1")).State, (await bench.ExecutionAsync(id, "car-1")).IsSoft));
        Assert.Single(bench.Sent(GatewayOrderKind.Directed));
        bench.Result("car-1", id, VehicleCommandState.Succeeded);
        await bench.PumpAsync();
        Assert.Equal((ExecutionState.Succeeded, true), ((await bench.ExecutionAsync(id, "car-1")).State, (await bench.ExecutionAsync(id, "car-1")).IsLate));
        var view = await bench.CheckedAsync(id);
        Assert.Equal((CommandState.Canceled, 1L), (view.State, view.Counts.Succeeded));
    }

    [Fact]
    public async Task What_the_car_has_already_goes_on_to_its_end()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1");
        var id = await bench.OrderAsync(["car-1"], ttl: 600);
        bench.Receipt(CommandReceiptKind.Delivered, id, "car-1");
        await bench.PumpAsync();
        await bench.Operations.CancelAsync(id, "boss", Token);
        await bench.DispatchAsync();
        Assert.Equal(ExecutionState.Delivered, await bench.StateAsync(id, "car-1"));
        bench.Result("car-1", id, VehicleCommandState.Succeeded);
        await bench.PumpAsync();
        Assert.Equal((ExecutionState.Succeeded, false), ((await bench.ExecutionAsync(id, "car-1")).State, (await bench.ExecutionAsync(id, "car-1")).IsLate));
        Assert.Equal(CommandState.Canceled, (await bench.CheckedAsync(id)).State);
    }

    [Fact]
    public async Task A_reconnect_or_not_here_during_a_cancel_makes_no_further_attempt()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1", "car-2");
        var id = await bench.OrderAsync(["car-1", "car-2"], ttl: 600);
        await bench.Operations.CancelAsync(id, "boss", Token);
        await bench.DispatchAsync();
        bench.Connect("car-1", "ch-new");
        bench.Receipt(CommandReceiptKind.NotHere, id, "car-2");
        await bench.PumpAsync();
        Assert.Equal(ExecutionState.Canceled, await bench.StateAsync(id, "car-2"));
        await bench.PassAsync(11);
        await bench.DispatchAsync();
        Assert.Equal(2, bench.Sent(GatewayOrderKind.Directed).Count);
        Assert.Equal((CommandState.Canceled, 2L), ((await bench.CheckedAsync(id)).State, (await bench.CheckedAsync(id)).Counts.Canceled));
    }

    [Fact]
    public async Task A_broadcast_is_withdrawn_by_one_message()
    {
        await using var bench = await CommandsBench.CreateAsync(("PageSize", "10"));
        var cars = Enumerable.Range(1, 30).Select(number => $"car-{number}").ToArray();
        await bench.ConnectAsync(cars[..5]);
        foreach (var car in cars[5..])
        {
            await bench.RegisterAsync(car);
        }

        var id = await bench.OrderAsync(null, ttl: 600);
        await bench.Operations.CancelAsync(id, "boss", Token);
        await bench.DispatchAsync();
        var withdraw = Assert.Single(bench.Sent(GatewayOrderKind.Withdraw));
        Assert.Equal(id.ToString(), withdraw.Key);
        var counts = (await bench.CheckedAsync(id)).Counts;
        Assert.Equal((5, 25), (counts.Sent, counts.Canceled));
        await bench.PassAsync(11);
        Assert.Equal((CommandState.Canceled, 30L), ((await bench.CheckedAsync(id)).State, (await bench.CheckedAsync(id)).Counts.Canceled));
    }

    [Fact]
    public async Task A_broadcast_canceled_before_its_release_is_never_sent()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1");
        var id = await bench.OrderAsync(null, ttl: 600, dispatch: false);
        await bench.Operations.CancelAsync(id, "boss", Token);
        await bench.DispatchAsync();
        await bench.DispatchAsync();
        Assert.Equal(CommandState.Canceled, (await bench.CheckedAsync(id)).State);
        Assert.Empty(bench.Sent(GatewayOrderKind.Broadcast));
    }

    [Fact]
    public async Task Cancel_says_what_there_is_to_cancel()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1");
        Assert.IsType<CancelOutcome.NotFound>(await bench.Operations.CancelAsync(Guid.NewGuid(), "boss", Token));
        var id = await bench.OrderAsync(["car-1"]);
        bench.Result("car-1", id, VehicleCommandState.Succeeded);
        await bench.PumpAsync();
        Assert.IsType<CancelOutcome.Ended>(await bench.Operations.CancelAsync(id, "boss", Token));
        Assert.Equal(CommandState.Completed, (await bench.CheckedAsync(id)).State);
    }
}
