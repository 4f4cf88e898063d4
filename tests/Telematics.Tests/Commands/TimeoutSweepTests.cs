using Telematics.Contracts;
using Telematics.Contracts.Commands;
using Telematics.Contracts.Presence;
using Telematics.Messaging;
using Telematics.Storage.Model;
using Xunit;

namespace Telematics.Tests.Commands;

public sealed class TimeoutSweepTests
{
    [Fact]
    public async Task A_delivery_does_not_time_out_while_its_receipt_lies_unread_under_its_gateways_new_name()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.RegisterAsync("car-1");
        bench.Connect("car-1", "ch-1", "gw-a");
        await bench.PumpAsync();
        var id = await bench.OrderAsync(["car-1"], ttl: 600);
        Assert.NotEqual(QueueOf(bench, "gw-a"), QueueOf(bench, "gw-b"));

        // The gateway was ended, calls itself gw-b, and reports; that queue is behind.
        bench.Event(VehicleEventType.InstanceEnd, "gw-a", null, null);
        await bench.PumpAsync();
        bench.Receipt(CommandReceiptKind.Delivered, id, "car-1", instance: "gw-b");
        bench.Clock.Advance(TimeSpan.FromSeconds(30));
        await bench.SweepAsync();
        Assert.Equal(ExecutionState.Sent, await bench.StateAsync(id, "car-1"));
    }

    [Fact]
    public async Task With_one_broker_away_the_sweep_goes_on_while_the_others_queues_are_just_not_read_to_their_noted_ends()
    {
        await using var bench = await CommandsBench.CreateAsync();
        var (id, cars) = await AcceptWithBrokerAwayAsync(bench, 16);
        bench.Clock.Advance(TimeSpan.FromHours(1));

        // A stream of results: at each look the newest of each queue is not applied yet.
        foreach (var car in cars.Where(car => QueueOf(bench, car) != QueueOf(bench, "car-1")))
        {
            bench.Result(car, id, VehicleCommandState.InProgress);
        }

        Assert.Equal(bench.Log.GetQueues(TopicNames.CommandResult).Count, cars.Select(car => QueueOf(bench, car)).Distinct().Count());
        await bench.RunSweepsAsync();
        await bench.PumpAsync(); // all that was noted is read
        bench.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await Record.ExceptionAsync(bench.RunSweepsAsync));
    }

    [Fact]
    public async Task With_one_broker_away_orders_of_the_other_brokers_gateways_time_out()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.RegisterAsync("car-1");
        await bench.RegisterAsync("car-2");
        bench.Connect("car-1", "ch-1", "gw-a");
        bench.Connect("car-2", "ch-2", "gw-b");
        await bench.PumpAsync();
        var id = await bench.OrderAsync(["car-1", "car-2"], ttl: 600);
        Assert.NotEqual(QueueOf(bench, "gw-a"), QueueOf(bench, "gw-b"));
        bench.Log.Away.Add(QueueOf(bench, "gw-a"));
        await bench.PassAsync(30);
        Assert.Equal((ExecutionState.Sent, ExecutionState.Queued), (await bench.StateAsync(id, "car-1"), await bench.StateAsync(id, "car-2")));

        // What its gateway had reported counts.
        bench.Log.Away.Clear();
        bench.Receipt(CommandReceiptKind.Delivered, id, "car-1", instance: "gw-a");
        await bench.PassAsync(0);
        Assert.Equal(ExecutionState.Delivered, await bench.StateAsync(id, "car-1"));
    }

    [Fact]
    public async Task With_one_broker_away_executions_of_the_other_brokers_cars_time_out()
    {
        await using var bench = await CommandsBench.CreateAsync();
        var (id, cars) = await AcceptWithBrokerAwayAsync(bench, 12);
        await bench.PassAsync(3_600);
        foreach (var car in cars)
        {
            Assert.Equal(QueueOf(bench, car) == QueueOf(bench, "car-1") ? ExecutionState.Accepted : ExecutionState.TimedOut, await bench.StateAsync(id, car));
        }

        bench.Log.Away.Clear();
        bench.Result("car-1", id, VehicleCommandState.Succeeded);
        await bench.PassAsync(10);
        Assert.Equal(ExecutionState.Succeeded, await bench.StateAsync(id, "car-1"));
        Assert.Equal(CommandState.Completed, (await bench.CheckedAsync(id)).State);
    }

    [Fact]
    public async Task An_end_that_the_log_has_lost_again_does_not_stop_timeouts()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1");
        var id = await bench.OrderAsync(["car-1"], ttl: 600);
        bench.Receipt(CommandReceiptKind.Sent, id, "car-1");
        bench.Clock.Advance(TimeSpan.FromSeconds(30));
        await bench.SweepAsync();
        Assert.Equal(ExecutionState.Sent, await bench.StateAsync(id, "car-1"));

        bench.Log.LoseTail(TopicNames.CommandReceipt);
        await bench.PassAsync(10);
        Assert.Equal(ExecutionState.Queued, await bench.StateAsync(id, "car-1"));
    }

    [Fact]
    public async Task A_receipt_that_is_counted_in_its_queue_a_moment_late_keeps_its_order_from_timing_out()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1");
        var id = await bench.OrderAsync(["car-1"], ttl: 600);
        bench.Clock.Advance(TimeSpan.FromSeconds(9.9));
        bench.Log.HideTail(TopicNames.CommandReceipt, () => bench.Receipt(CommandReceiptKind.Delivered, id, "car-1"));
        bench.Clock.Advance(TimeSpan.FromSeconds(2.9));
        await bench.RunSweepsAsync();
        Assert.Equal(ExecutionState.Sent, await bench.StateAsync(id, "car-1"));
        bench.Log.ShowTail();
        await bench.PassAsync(1);
        Assert.Equal(ExecutionState.Delivered, await bench.StateAsync(id, "car-1"));
    }

    /// <summary>Cars that have accepted an order, when the broker of car-1 goes away.</summary>
    private static async Task<(Guid Command, string[] Cars)> AcceptWithBrokerAwayAsync(CommandsBench bench, int count)
    {
        string[] cars = [.. Enumerable.Range(0, count).Select(number => $"car-{number}")];
        await bench.ConnectAsync(cars);
        var id = await bench.OrderAsync(cars, ttl: 60);
        foreach (var car in cars)
        {
            bench.Receipt(CommandReceiptKind.Delivered, id, car);
            bench.Result(car, id, VehicleCommandState.Accepted);
        }

        await bench.PumpAsync();
        bench.Log.Away.Add(QueueOf(bench, "car-1"));
        return (id, cars);
    }

    private static int QueueOf(CommandsBench bench, string key) =>
        QueueSelector.Select(System.Text.Encoding.UTF8.GetBytes(key), bench.Log.GetQueues(TopicNames.CommandReceipt).Count);
}
