using System.Text.Json;
using Telematics.Commands;
using Telematics.Contracts;
using Telematics.Contracts.Commands;
using Telematics.Storage.Model;
using Xunit;

namespace Telematics.Tests.Commands;

public sealed class DirectedDispatchTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_car_that_connects_while_its_order_is_put_to_rest_gets_it()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.RegisterAsync("car-1");
        var order = await bench.OrderAsync(["car-1"], dispatch: false);
        bench.Connect("car-1", "ch-1");
        Task? dispatch = null;
        bench.BeforeCommit = async () =>
        {
            // It sees no connection yet. With one writer at a time it waits for the commit, as it does for the row.
            dispatch = Task.Run(bench.DispatchAsync, Token);
            await Task.WhenAny(dispatch, Task.Delay(300, Token));
        };
        await bench.PumpAsync(TopicNames.VehicleEvent);
        await dispatch!;
        await bench.DispatchAsync();
        Assert.Equal(ExecutionState.Sent, await bench.StateAsync(order, "car-1"));
    }

    [Fact]
    public async Task An_order_reaches_the_car_and_ends_with_its_result()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1");
        var id = await bench.OrderAsync(["car-1"], "setSpeedLimit", parameters: """{"kilometersPerHour":80}""");
        var order = Assert.Single(bench.Sent());
        Assert.Equal((GatewayOrderKind.Directed, "car-1", CommandsBench.Gateway, id, 1, "ch-car-1"), (order.Kind, order.Key, order.Tag, order.CommandId, order.Attempt, order.ChannelId));
        Assert.Equal("/p2p/car-1", order.Message.Property(MessagePropertyNames.MqttSecondTopic));
        Assert.Equal(bench.Clock.GetUtcNow().AddMinutes(2).ToUnixTimeMilliseconds().ToString(System.Globalization.CultureInfo.InvariantCulture), order.Message.Property(MessagePropertyNames.NotAfter));
        var command = JsonSerializer.Deserialize(order.Message.Body, ContractsJson.Default.VehicleCommand)!;
        Assert.Equal((id, "setSpeedLimit", 80), (command.CommandId, command.Type, command.Parameters.GetProperty("kilometersPerHour").GetInt32()));
        Assert.Equal(ExecutionState.Sent, await bench.StateAsync(id, "car-1"));

        bench.Receipt(CommandReceiptKind.Sent, id, "car-1");
        bench.Receipt(CommandReceiptKind.Delivered, id, "car-1");
        await bench.PumpAsync();
        Assert.Equal(ExecutionState.Delivered, await bench.StateAsync(id, "car-1"));
        bench.Result("car-1", id, VehicleCommandState.Accepted);
        bench.Result("car-1", id, VehicleCommandState.InProgress, progress: 40);
        await bench.PumpAsync();
        Assert.Equal(40, (await bench.ExecutionAsync(id, "car-1")).Progress);
        bench.Result("car-1", id, VehicleCommandState.Succeeded, code: "ok", message: "done", result: """{"limit":80}""");
        await bench.PumpAsync();
        var execution = await bench.ExecutionAsync(id, "car-1");
        Assert.Equal((ExecutionState.Succeeded, "ok", "done", """{"limit":80}""", false, false), (execution.State, execution.Code, execution.Message, execution.Result, execution.IsLate, execution.IsSoft));
        var view = await bench.CheckedAsync(id);
        Assert.Equal((CommandState.Completed, 1L), (view.State, view.Counts.Succeeded));
        Assert.NotNull(view.CompletedAt);
        Assert.Equal(
            [
                (ExecutionState.Created, ExecutionState.Queued, "commands"),
                (ExecutionState.Queued, ExecutionState.Sent, "commands"),
                (ExecutionState.Sent, ExecutionState.Delivered, "gateway:gw-a"),
                (ExecutionState.Delivered, ExecutionState.Accepted, "vehicle"),
                (ExecutionState.Accepted, ExecutionState.InProgress, "vehicle"),
                (ExecutionState.InProgress, ExecutionState.Succeeded, "vehicle"),
            ],
            (await bench.EventsAsync(id, "car-1")).Select(e => (e.From!.Value, e.To!.Value, e.Actor)));
        Assert.Equal([("created", "tester"), ("completed", "commands")], (await bench.EventsAsync(id)).Select(e => (e.Reason, e.Actor)));
    }

    [Fact]
    public async Task A_car_that_is_away_gets_what_is_still_valid_when_it_connects()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.RegisterAsync("car-1");
        var longer = await bench.OrderAsync(["car-1"], ttl: 600);
        var shorter = await bench.OrderAsync(["car-1"], ttl: 30);
        Assert.Empty(bench.Sent());
        Assert.Equal(ExecutionState.Queued, await bench.StateAsync(longer, "car-1"));
        await bench.PassAsync(60);
        Assert.Equal(ExecutionState.Expired, await bench.StateAsync(shorter, "car-1"));
        Assert.Equal(ServerReasons.Expired, (await bench.ExecutionAsync(shorter, "car-1")).Code);
        bench.Connect("car-1", "ch-1");
        await bench.PumpAsync();
        await bench.DispatchAsync();
        Assert.Equal(longer, Assert.Single(bench.Sent()).CommandId);
        Assert.Equal(CommandState.Completed, (await bench.CheckedAsync(shorter)).State);
    }

    [Fact]
    public async Task The_next_order_of_a_car_waits_until_the_one_before_is_delivered()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1", "car-2");
        var first = await bench.OrderAsync(["car-1"]);
        var second = await bench.OrderAsync(["car-1", "car-2"]);
        var third = await bench.OrderAsync(["car-1"]);
        Assert.Equal([(first, "car-1"), (second, "car-2")], bench.Sent().Select(o => (o.CommandId!.Value, o.Key)));
        Assert.Equal(ExecutionState.Created, await bench.StateAsync(second, "car-1"));
        bench.Receipt(CommandReceiptKind.Delivered, first, "car-1");
        await bench.PumpAsync();
        await bench.DispatchAsync();
        Assert.Equal((second, "car-1"), (bench.Sent()[^1].CommandId!.Value, bench.Sent()[^1].Key));
        Assert.Equal(3, bench.Sent().Count);

        // The second ends by a result before its receipt: the third may go.
        bench.Result("car-1", second, VehicleCommandState.Rejected, code: "superseded");
        await bench.PumpAsync();
        await bench.DispatchAsync();
        Assert.Equal(third, bench.Sent()[^1].CommandId);
        Assert.Equal(4, bench.Sent().Count);
    }

    [Fact]
    public async Task The_next_order_goes_when_the_one_before_expires()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1");
        var first = await bench.OrderAsync(["car-1"], ttl: 5);
        var second = await bench.OrderAsync(["car-1"], ttl: 600);
        await bench.PassAsync(11);
        await bench.DispatchAsync();
        Assert.Equal(ExecutionState.Expired, await bench.StateAsync(first, "car-1"));
        Assert.Equal(second, bench.Sent()[^1].CommandId);
    }

    [Fact]
    public async Task Without_a_receipt_an_attempt_is_repeated_after_a_growing_pause_until_attempts_are_used_up()
    {
        await using var bench = await CommandsBench.CreateAsync(("MaxAttempts", "3"));
        await bench.ConnectAsync("car-1");
        var id = await bench.OrderAsync(["car-1"], ttl: 600);
        var pauses = new List<double>();
        for (var attempt = 1; attempt < 3; attempt++)
        {
            await bench.PassAsync(9.9);
            Assert.Equal(ExecutionState.Sent, await bench.StateAsync(id, "car-1"));
            bench.Clock.Advance(TimeSpan.FromSeconds(0.2));
            await bench.RunSweepsAsync();
            var execution = await bench.ExecutionAsync(id, "car-1");
            Assert.Equal((ExecutionState.Queued, attempt), (execution.State, execution.Attempt));
            var pause = execution.Deadline!.Value - bench.Clock.GetUtcNow().UtcDateTime;
            pauses.Add(pause.TotalSeconds);
            await bench.DispatchAsync();
            Assert.Equal(attempt, bench.Sent().Count);
            bench.Clock.Advance(pause);
            await bench.DispatchAsync();
            Assert.Equal(attempt + 1, bench.Sent()[^1].Attempt);
        }

        Assert.InRange(pauses[0], 0.74, 1.26);
        Assert.InRange(pauses[1], 1.49, 2.51);
        await bench.PassAsync(10.1);
        var ended = await bench.ExecutionAsync(id, "car-1");
        Assert.Equal((ExecutionState.Failed, ServerReasons.AttemptsExhausted, true), (ended.State, ended.Code, ended.IsSoft));
        Assert.Equal(CommandState.Completed, (await bench.CheckedAsync(id)).State);
    }

    [Fact]
    public async Task A_timeout_waits_for_receipts_that_are_stored_but_not_read()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1");
        var id = await bench.OrderAsync(["car-1"], ttl: 600);
        bench.Receipt(CommandReceiptKind.Delivered, id, "car-1");
        bench.Clock.Advance(TimeSpan.FromSeconds(30));
        await bench.SweepAsync();
        Assert.Equal(ExecutionState.Sent, await bench.StateAsync(id, "car-1"));
        await bench.PumpAsync();
        await bench.SweepAsync();
        Assert.Equal(ExecutionState.Delivered, await bench.StateAsync(id, "car-1"));
        Assert.Single(bench.Sent());
    }

    [Fact]
    public async Task No_timeout_fires_while_the_log_is_down()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1");
        var id = await bench.OrderAsync(["car-1"], ttl: 600);
        bench.Log.IsDown = true;
        bench.Receipt(CommandReceiptKind.Delivered, id, "car-1");
        bench.Clock.Advance(TimeSpan.FromSeconds(60));
        await Assert.ThrowsAsync<Telematics.Messaging.MessageLogException>(bench.SweepAsync);
        Assert.Equal(ExecutionState.Sent, await bench.StateAsync(id, "car-1"));
        bench.Log.IsDown = false;
        await bench.PassAsync(0);
        Assert.Equal(ExecutionState.Delivered, await bench.StateAsync(id, "car-1"));
    }

    [Fact]
    public async Task Not_here_of_the_latest_attempt_backs_off_and_of_an_older_one_changes_nothing()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1");
        var id = await bench.OrderAsync(["car-1"], ttl: 600);
        bench.Receipt(CommandReceiptKind.NotHere, id, "car-1");
        await bench.PumpAsync();
        var execution = await bench.ExecutionAsync(id, "car-1");
        Assert.Equal((ExecutionState.Queued, (string?)null), (execution.State, execution.Instance));
        await bench.DispatchAsync();
        Assert.Single(bench.Sent());
        bench.Clock.Advance(TimeSpan.FromSeconds(2));
        await bench.DispatchAsync();
        Assert.Equal(2, bench.Sent()[^1].Attempt);
        bench.Receipt(CommandReceiptKind.NotHere, id, "car-1", attempt: 1);
        await bench.PumpAsync();
        Assert.Equal(ExecutionState.Sent, await bench.StateAsync(id, "car-1"));

        // Delivered counts from any attempt.
        bench.Receipt(CommandReceiptKind.Delivered, id, "car-1", attempt: 1);
        await bench.PumpAsync();
        Assert.Equal(ExecutionState.Delivered, await bench.StateAsync(id, "car-1"));
    }

    [Fact]
    public async Task A_car_that_moves_to_another_gateway_gets_its_order_there_at_once()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1");
        var id = await bench.OrderAsync(["car-1"], ttl: 600);
        bench.Connect("car-1", "ch-2", "gw-b");
        await bench.PumpAsync();
        await bench.DispatchAsync();
        var directed = bench.Sent(GatewayOrderKind.Directed);
        Assert.Equal([("gw-a", 1, "ch-car-1"), ("gw-b", 2, "ch-2")], directed.Select(o => (o.Tag, o.Attempt, o.ChannelId!)));

        // The old gateway's answer is about attempt 1, and the timeout of attempt 1 is gone.
        bench.Receipt(CommandReceiptKind.NotHere, id, "car-1", attempt: 1);
        await bench.PassAsync(9);
        Assert.Equal(ExecutionState.Sent, await bench.StateAsync(id, "car-1"));
        Assert.Equal(2, bench.Sent(GatewayOrderKind.Directed).Count);
    }

    [Fact]
    public async Task A_crash_between_claim_and_append_costs_one_delivery_timeout()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1");
        bench.Log.IsReadOnly = true;
        var id = await bench.OrderAsync(["car-1"], ttl: 600, dispatch: false);
        await bench.DispatchAsync(); // does not wait for the log: other cars' orders may lie on another broker
        Assert.Equal(ExecutionState.Sent, await bench.StateAsync(id, "car-1"));
        Assert.Empty(bench.Sent());
        bench.Log.LosePending();
        bench.RestartRole();
        bench.Log.IsReadOnly = false;
        await bench.DispatchAsync();
        Assert.Empty(bench.Sent());
        await bench.PassAsync(10.1);
        bench.Clock.Advance(TimeSpan.FromSeconds(2));
        await bench.DispatchAsync();
        var order = Assert.Single(bench.Sent());
        Assert.Equal((id, 2), (order.CommandId, order.Attempt));
    }

    [Fact]
    public async Task Refused_by_puback_ends_it_and_names_the_reason_code()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1");
        var id = await bench.OrderAsync(["car-1"]);
        bench.Receipt(CommandReceiptKind.Refused, id, "car-1");
        await bench.PumpAsync();
        var execution = await bench.ExecutionAsync(id, "car-1");
        Assert.Equal((ExecutionState.Rejected, ServerReasons.Refused, true), (execution.State, execution.Code, execution.IsSoft));
        Assert.Contains("0x97", execution.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sent_delivered_and_a_result_that_arrive_together_are_one_update_and_three_arrows()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1");
        var id = await bench.OrderAsync(["car-1"]);
        var before = (await bench.ExecutionAsync(id, "car-1")).Version;
        bench.Receipts(
            CommandsBench.Gateway,
            new CommandReceipt { Kind = CommandReceiptKind.Sent, CommandId = id, VehicleId = "car-1", Attempt = 1 },
            new CommandReceipt { Kind = CommandReceiptKind.Delivered, CommandId = id, VehicleId = "car-1", Attempt = 1 },
            new CommandReceipt { Kind = CommandReceiptKind.Delivered, CommandId = id, VehicleId = "car-1", Attempt = 1 });
        await bench.PumpAsync();
        Assert.Equal(before + 1, (await bench.ExecutionAsync(id, "car-1")).Version);
        bench.Result("car-1", id, VehicleCommandState.Accepted);
        bench.Result("car-1", id, VehicleCommandState.InProgress, progress: 10);
        bench.Result("car-1", id, VehicleCommandState.Succeeded, message: "done");
        await bench.PumpAsync();
        var execution = await bench.ExecutionAsync(id, "car-1");
        Assert.Equal((before + 2, ExecutionState.Succeeded, 10, "done"), (execution.Version, execution.State, execution.Progress, execution.Message));
        Assert.Equal(3, (await bench.EventsAsync(id, "car-1")).Count(e => e.Actor == "vehicle"));
        await bench.CheckedAsync(id);
    }
}
