using Telematics.Commands;
using Telematics.Contracts;
using Telematics.Contracts.Commands;
using Telematics.Storage.Model;
using Xunit;

namespace Telematics.Tests.Commands;

public sealed class BroadcastTests
{
    [Fact]
    public async Task A_broadcast_to_a_thousand_cars_is_one_message_and_its_counts_add_up_at_every_step()
    {
        await using var bench = await CommandsBench.CreateAsync(("PageSize", "300"));
        var cars = Enumerable.Range(1, 1_000).Select(number => $"car-{number}").ToArray();
        await using (var session = await bench.Database.Database.BeginWriteAsync(TestContext.Current.CancellationToken))
        {
            await bench.Database.Registry.RegisterAsync(cars, session, TestContext.Current.CancellationToken);
            await session.CommitAsync(TestContext.Current.CancellationToken);
        }

        foreach (var car in cars[..900])
        {
            bench.Connect(car, $"ch-{car}");
        }

        await bench.PumpAsync();
        var id = await bench.OrderAsync(null, ttl: 3_600);
        var order = Assert.Single(bench.Sent());
        Assert.Equal((GatewayOrderKind.Broadcast, "ALL", id.ToString(), 1), (order.Kind, order.Tag, order.Key, order.Attempt));
        Assert.Equal("/all", order.Message.Property(MessagePropertyNames.MqttSecondTopic));
        var counts = (await bench.CheckedAsync(id)).Counts;
        Assert.Equal((900, 100, 1_000), (counts.Sent, counts.Queued, counts.Total));

        bench.Receipts(CommandsBench.Gateway, [.. cars[..800].Select(car => Delivered(id, car))]);
        await bench.PumpAsync();
        Assert.Equal((100, 800), ((await bench.CheckedAsync(id)).Counts.Sent, (await bench.CheckedAsync(id)).Counts.Delivered));

        foreach (var car in cars[..700])
        {
            bench.Result(car, id, VehicleCommandState.Succeeded);
        }

        await bench.PumpAsync();
        counts = (await bench.CheckedAsync(id)).Counts;
        Assert.Equal((100, 100, 100, 700), (counts.Queued, counts.Sent, counts.Delivered, counts.Succeeded));

        // 10 s + 1,000 / 5,000 s: what did not answer goes one by one.
        await bench.PassAsync(10.1);
        Assert.Equal(100, (await bench.CheckedAsync(id)).Counts.Sent);
        await bench.PassAsync(0.2);
        counts = (await bench.CheckedAsync(id)).Counts;
        Assert.Equal((200, 0), (counts.Queued, counts.Sent));
        bench.Clock.Advance(TimeSpan.FromSeconds(2));
        await bench.DispatchAsync();
        Assert.Equal(100, bench.Sent(GatewayOrderKind.Directed).Count);
        Assert.All(bench.Sent(GatewayOrderKind.Directed), directed => Assert.Equal(2, directed.Attempt));

        // Those that come later get theirs one by one.
        foreach (var car in cars[900..])
        {
            bench.Connect(car, $"ch-{car}");
        }

        await bench.PumpAsync();
        await bench.DispatchAsync();
        Assert.Equal(200, bench.Sent(GatewayOrderKind.Directed).Count);
        foreach (var car in cars[700..])
        {
            bench.Result(car, id, VehicleCommandState.Succeeded);
        }

        await bench.PumpAsync();
        var view = await bench.CheckedAsync(id);
        Assert.Equal((CommandState.Completed, 1_000L), (view.State, view.Counts.Succeeded));
        Assert.Single(bench.Sent(GatewayOrderKind.Broadcast));
    }

    [Fact]
    public async Task A_broadcast_overtakes_and_does_not_hold_up_directed_orders()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1");
        var older = await bench.OrderAsync(["car-1"], ttl: 600);
        var broadcast = await bench.OrderAsync(null, ttl: 600);
        var newer = await bench.OrderAsync(["car-1"], ttl: 600);
        Assert.Equal([older, broadcast], bench.Sent().Select(o => o.CommandId!.Value));
        bench.Receipt(CommandReceiptKind.Delivered, older, "car-1");
        await bench.PumpAsync();
        await bench.DispatchAsync();

        // The broadcast is not delivered yet, and the newer directed order goes all the same.
        Assert.Equal([older, broadcast, newer], bench.Sent().Select(o => o.CommandId!.Value));
        bench.Receipt(CommandReceiptKind.Delivered, newer, "car-1");
        await bench.PassAsync(11);
        bench.Clock.Advance(TimeSpan.FromSeconds(2));
        await bench.DispatchAsync();

        // What did not arrive follows directed, older after newer: the car tells them apart by the order number.
        var last = bench.Sent()[^1];
        Assert.Equal((GatewayOrderKind.Directed, broadcast, 2), (last.Kind, last.CommandId, last.Attempt));
        bench.Result("car-1", broadcast, VehicleCommandState.Rejected, code: "superseded");
        await bench.PumpAsync();
        Assert.Equal((ExecutionState.Rejected, "superseded"), ((await bench.ExecutionAsync(broadcast, "car-1")).State, (await bench.ExecutionAsync(broadcast, "car-1")).Code));
    }

    [Fact]
    public async Task A_car_that_is_away_gets_a_broadcast_after_its_earlier_directed_order()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.RegisterAsync("car-1");
        var directed = await bench.OrderAsync(["car-1"], ttl: 600);
        var broadcast = await bench.OrderAsync(null, ttl: 600);
        Assert.Equal(ExecutionState.Created, await bench.StateAsync(broadcast, "car-1"));
        bench.Connect("car-1", "ch-1");
        await bench.PumpAsync();
        await bench.DispatchAsync();
        Assert.Equal(directed, Assert.Single(bench.Sent(GatewayOrderKind.Directed)).CommandId);
        bench.Receipt(CommandReceiptKind.Delivered, directed, "car-1");
        await bench.PumpAsync();
        await bench.DispatchAsync();
        Assert.Equal(broadcast, bench.Sent(GatewayOrderKind.Directed)[^1].CommandId);
    }

    [Fact]
    public async Task A_car_that_connects_between_release_and_append_and_had_the_message_is_not_asked_again()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.RegisterAsync("car-1");
        var id = await bench.OrderAsync(null, ttl: 600);

        // The gateway saw the car before we did, and gave it the broadcast.
        bench.Receipt(CommandReceiptKind.Sent, id, "car-1");
        bench.Receipt(CommandReceiptKind.Delivered, id, "car-1");
        await bench.PumpAsync();
        bench.Connect("car-1", "ch-1");
        await bench.PumpAsync();
        await bench.DispatchAsync();
        Assert.Equal(ExecutionState.Delivered, await bench.StateAsync(id, "car-1"));
        Assert.Empty(bench.Sent(GatewayOrderKind.Directed));
    }

    [Fact]
    public async Task A_crash_between_claim_and_append_of_a_broadcast_appends_it_after_its_timeout()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1", "car-2");
        bench.Log.IsReadOnly = true;
        var id = await bench.OrderAsync(null, ttl: 600, dispatch: false);
        var dispatching = bench.DispatchAsync();
        while (bench.Log.PendingCount == 0)
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        Assert.False(dispatching.IsCompleted);
        bench.Log.LosePending();
        bench.RestartRole();
        bench.Log.IsReadOnly = false;
        await bench.DispatchAsync();
        await bench.PassAsync(5);
        Assert.Empty(bench.Sent());
        await bench.PassAsync(6);
        Assert.Equal(2, (await bench.CheckedAsync(id)).Counts.Sent);
        await bench.DispatchAsync();
        Assert.Equal(GatewayOrderKind.Broadcast, Assert.Single(bench.Sent()).Kind);
        bench.Result("car-1", id, VehicleCommandState.Succeeded);
        bench.Result("car-2", id, VehicleCommandState.Succeeded);
        await bench.PumpAsync();
        Assert.Equal(CommandState.Completed, (await bench.CheckedAsync(id)).State);
    }

    [Fact]
    public async Task A_result_before_the_broadcast_is_marked_as_released_completes_it_afterwards()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1");
        bench.Log.IsReadOnly = true;
        var id = await bench.OrderAsync(null, ttl: 600, dispatch: false);
        var dispatching = bench.DispatchAsync();
        while (bench.Log.PendingCount == 0)
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        bench.Log.IsReadOnly = false;
        bench.Result("car-1", id, VehicleCommandState.Succeeded);
        await bench.PumpAsync(TopicNames.CommandResult);
        await dispatching;
        var view = await bench.CheckedAsync(id);
        Assert.Equal((CommandState.Completed, 1L), (view.State, view.Counts.Succeeded));
    }

    [Fact]
    public async Task A_broadcast_to_nobody_is_completed_at_once()
    {
        await using var bench = await CommandsBench.CreateAsync();
        var id = await bench.OrderAsync(null);
        Assert.Equal(CommandState.Completed, (await bench.CheckedAsync(id)).State);
    }

    [Fact]
    public async Task A_broadcast_that_is_released_too_late_expires_for_every_car_and_is_not_sent()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1");
        await bench.RegisterAsync("car-2");
        var id = await bench.OrderAsync(null, ttl: 30, dispatch: false);
        bench.Clock.Advance(TimeSpan.FromSeconds(31));
        await bench.DispatchAsync();
        await bench.PassAsync(1);
        var view = await bench.CheckedAsync(id);
        Assert.Equal((CommandState.Completed, 2L), (view.State, view.Counts.Expired));
        Assert.Empty(bench.Sent());
    }

    [Fact]
    public async Task Who_is_registered_after_the_release_is_no_target()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1");
        var id = await bench.OrderAsync(null, ttl: 600);
        await bench.ConnectAsync("car-2");
        await bench.DispatchAsync();
        Assert.Equal(1, (await bench.CheckedAsync(id)).Counts.Total);
        bench.Result("car-2", id, VehicleCommandState.Succeeded);
        await bench.PumpAsync();
        Assert.Equal(Telematics.Contracts.Telemetry.RejectReason.CommandUnknown, Assert.Single(await bench.RejectedAsync()).Reason);
    }

    [Fact]
    public async Task A_car_without_connection_expires_with_the_command()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1");
        await bench.RegisterAsync("car-2");
        var id = await bench.OrderAsync(null, ttl: 60);
        bench.Result("car-1", id, VehicleCommandState.Succeeded);
        await bench.PassAsync(61);
        var view = await bench.CheckedAsync(id);
        Assert.Equal((CommandState.Completed, 1L, 1L), (view.State, view.Counts.Succeeded, view.Counts.Expired));
        Assert.Equal(ServerReasons.Expired, (await bench.ExecutionAsync(id, "car-2")).Code);
    }

    private static CommandReceipt Delivered(Guid id, string car) =>
        new() { Kind = CommandReceiptKind.Delivered, CommandId = id, VehicleId = car, Attempt = 1 };
}
