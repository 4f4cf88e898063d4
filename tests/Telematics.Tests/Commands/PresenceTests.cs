using System.Text;
using Telematics.Contracts;
using Telematics.Contracts.Commands;
using Telematics.Contracts.Presence;
using Telematics.Contracts.Telemetry;
using Telematics.Messaging;
using Telematics.Storage.Model;
using Xunit;

namespace Telematics.Tests.Commands;

public sealed class PresenceTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_newest_channel_counts_and_an_end_only_for_its_own_channel()
    {
        await using var bench = await CommandsBench.CreateAsync();
        bench.Connect("car-1", "ch-1");
        bench.Connect("car-1", "ch-2");
        bench.Close("car-1", "ch-1");
        await bench.PumpAsync();
        var row = (await bench.ConnectionAsync("car-1"))!;
        Assert.Equal(("ch-2", true, "127.0.0.1:1", 5), (row.ChannelId, row.IsOpen, row.Address, row.ProtocolVersion));
        bench.Close("car-1", "ch-2");
        await bench.PumpAsync();
        row = (await bench.ConnectionAsync("car-1"))!;
        Assert.False(row.IsOpen);
        Assert.NotNull(row.ClosedAt);
        Assert.False(await bench.IsOnlineAsync("car-1"));
    }

    [Fact]
    public async Task After_a_takeover_the_older_channel_is_ordered_closed()
    {
        await using var bench = await CommandsBench.CreateAsync();
        bench.Connect("car-1", "ch-1", "gw-a");
        bench.Connect("car-1", "ch-2", "gw-b");
        await bench.PumpAsync();
        var close = Assert.Single(bench.Sent());
        Assert.Equal((GatewayOrderKind.CloseChannel, "car-1", "gw-a", "ch-1"), (close.Kind, close.Key, close.Tag, close.ChannelId));
    }

    [Fact]
    public async Task The_order_to_close_is_stored_before_the_events_are_and_comes_again_when_they_do()
    {
        await using var bench = await CommandsBench.CreateAsync(("AppendTimeoutSeconds", "1"));
        bench.Connect("car-1", "ch-1", "gw-a");
        await bench.PumpAsync();
        bench.Connect("car-1", "ch-2", "gw-b");
        bench.Log.IsReadOnly = true;
        var pumping = bench.PumpAsync();
        while (bench.Log.PendingCount == 0)
        {
            await Task.Delay(5, Token);
        }

        bench.Clock.Advance(TimeSpan.FromSeconds(2));
        await Assert.ThrowsAsync<MessageLogException>(() => pumping);
        Assert.Equal("ch-1", (await bench.ConnectionAsync("car-1"))!.ChannelId);
        bench.Log.IsReadOnly = false;
        await bench.PumpAsync();
        Assert.Equal("ch-2", (await bench.ConnectionAsync("car-1"))!.ChannelId);
        Assert.All(bench.Sent(), order => Assert.Equal("ch-1", order.ChannelId));
        Assert.NotEmpty(bench.Sent());
    }

    [Fact]
    public async Task A_killed_gateway_ends_after_fifteen_seconds_of_silence_and_its_cars_are_offline()
    {
        await using var bench = await CommandsBench.CreateAsync();
        bench.Event(VehicleEventType.InstanceStart, "gw-a", null, null);
        await bench.ConnectAsync("car-1", "car-2");
        await LiveAsync(bench, 20, beating: ["gw-a"]);
        Assert.True(await bench.IsOnlineAsync("car-1"));
        await LiveAsync(bench, 13, beating: []);
        Assert.True(await bench.IsOnlineAsync("car-1"));
        await LiveAsync(bench, 5, beating: []);
        Assert.False(await bench.IsOnlineAsync("car-1"));
        Assert.False(await bench.IsOnlineAsync("car-2"));
        Assert.Single(Ends(bench));
        await LiveAsync(bench, 40, beating: []);
        Assert.Single(Ends(bench));

        // One row, whatever it held.
        Assert.True((await bench.ConnectionAsync("car-1"))!.IsOpen);
    }

    [Fact]
    public async Task A_gateway_that_was_paused_for_a_minute_hears_of_its_end_and_announces_its_connections_again()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1", "car-2");
        await LiveAsync(bench, 10, beating: ["gw-a"]);
        await LiveAsync(bench, 60, beating: []);
        Assert.False(await bench.IsOnlineAsync("car-1"));
        var id = await bench.OrderAsync(["car-1"], ttl: 600);

        // Meanwhile car-2 has gone to another gateway.
        bench.Connect("car-2", "ch-new", "gw-b");
        await bench.PumpAsync();
        bench.Beat("gw-a");
        await bench.PumpAsync();
        var told = Assert.Single(bench.Sent(GatewayOrderKind.InstanceEnded));
        Assert.Equal(("ALL", "gw-a"), (told.Tag, told.Message.Property(MessagePropertyNames.Instance)));

        bench.Event(VehicleEventType.InstanceStart, "gw-a2", null, null);
        bench.Event(VehicleEventType.Announce, "gw-a2", "car-1", "ch-car-1");
        bench.Event(VehicleEventType.Announce, "gw-a2", "car-2", "ch-car-2");
        await bench.PumpAsync();
        Assert.True(await bench.IsOnlineAsync("car-1"));
        Assert.Equal(("ch-new", "gw-b"), ((await bench.ConnectionAsync("car-2"))!.ChannelId, (await bench.ConnectionAsync("car-2"))!.Instance));
        Assert.Contains(bench.Sent(GatewayOrderKind.CloseChannel), order => order is { Key: "car-2", Tag: "gw-a2", ChannelId: "ch-car-2" });
        Assert.DoesNotContain(bench.Sent(GatewayOrderKind.CloseChannel), order => order.Key == "car-1");

        // What waited for the car goes to its new route.
        await bench.DispatchAsync();
        var order = Assert.Single(bench.Sent(GatewayOrderKind.Directed));
        Assert.Equal((id, "gw-a2", "ch-car-1"), (order.CommandId, order.Tag, order.ChannelId));
    }

    [Fact]
    public async Task A_gateway_that_lived_while_Commands_was_down_is_not_ended()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1");
        await LiveAsync(bench, 10, beating: ["gw-a"]);
        for (var second = 0; second < 300; second += 5)
        {
            bench.Clock.Advance(TimeSpan.FromSeconds(5));
            bench.Beat("gw-a");
        }

        bench.RestartRole();

        // The backlog is not read yet, and then it is.
        await bench.Watch.LookAsync(Token);
        await bench.Watch.LookAsync(Token);
        await LiveAsync(bench, 60, beating: ["gw-a"]);
        Assert.True(await bench.IsOnlineAsync("car-1"));
        Assert.Empty(Ends(bench));
    }

    [Fact]
    public async Task A_gateway_that_died_while_Commands_was_down_is_ended_fifteen_seconds_after_the_return()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1");
        await LiveAsync(bench, 10, beating: ["gw-a"]);
        bench.Clock.Advance(TimeSpan.FromMinutes(5));
        bench.RestartRole();
        await LiveAsync(bench, 13, beating: []);
        Assert.True(await bench.IsOnlineAsync("car-1"));
        await LiveAsync(bench, 6, beating: []);
        Assert.False(await bench.IsOnlineAsync("car-1"));
    }

    [Fact]
    public async Task A_pause_of_Commands_itself_is_no_silence_of_a_gateway()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1");
        await LiveAsync(bench, 10, beating: ["gw-a"]);

        // We sleep; the gateway's beats of that time are stored late, as its log was paused with us.
        bench.Clock.Advance(TimeSpan.FromMinutes(1));
        await bench.Watch.LookAsync(Token);
        await LiveAsync(bench, 12, beating: []);
        bench.Beat("gw-a");
        await LiveAsync(bench, 20, beating: ["gw-a"]);
        Assert.Empty(Ends(bench));
    }

    [Fact]
    public async Task A_log_that_was_down_is_no_silence_of_a_gateway()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1");
        await LiveAsync(bench, 10, beating: ["gw-a"]);
        bench.Log.IsDown = true;
        for (var second = 0; second < 60; second++)
        {
            bench.Clock.Advance(TimeSpan.FromSeconds(1));
            await Assert.ThrowsAsync<MessageLogException>(() => bench.Watch.LookAsync(Token));
        }

        bench.Log.IsDown = false;
        await LiveAsync(bench, 12, beating: []);
        await LiveAsync(bench, 20, beating: ["gw-a"]);
        Assert.Empty(Ends(bench));
        Assert.True(await bench.IsOnlineAsync("car-1"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task With_one_broker_away_gateways_are_watched_whose_queue_is_there_and_no_others(bool isOwnAway)
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1");
        await LiveAsync(bench, 10, beating: ["gw-a"]);
        var own = QueueSelector.Select("gw-a"u8, bench.Log.GetQueues(TopicNames.VehicleEvent).Count);
        bench.Log.Away.UnionWith(bench.Log.GetQueues(TopicNames.VehicleEvent).Select(queue => queue.Index).Where(index => index == own == isOwnAway));
        await LiveAsync(bench, 30, beating: []);
        Assert.Equal(isOwnAway, await bench.IsOnlineAsync("car-1"));
    }

    [Fact]
    public async Task An_end_that_cannot_be_stored_keeps_no_other_gateway_from_being_ended()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.RegisterAsync("car-1");
        await bench.RegisterAsync("car-2");
        bench.Connect("car-1", "ch-1", "gw-a");
        bench.Connect("car-2", "ch-2", "gw-b");
        await LiveAsync(bench, 10, beating: ["gw-a", "gw-b"]);
        bench.Log.Full.Add(QueueSelector.Select("gw-a"u8, bench.Log.GetQueues(TopicNames.VehicleEvent).Count));
        await LiveAsync(bench, 10, beating: ["gw-b"]);
        await LiveAsync(bench, 40, beating: []);
        Assert.True(await bench.IsOnlineAsync("car-1"));
        Assert.False(await bench.IsOnlineAsync("car-2"));
    }

    [Fact]
    public async Task A_broker_that_takes_nothing_for_a_while_is_not_asked_to_end_all_of_its_living_gateways_at_once()
    {
        await using var bench = await CommandsBench.CreateAsync();
        var count = bench.Log.GetQueues(TopicNames.VehicleEvent).Count;
        var queue = QueueSelector.Select("gw-a"u8, count);
        string[] gateways = [.. Enumerable.Range(0, 200).Select(n => $"gw-{n}").Where(name => QueueSelector.Select(Encoding.UTF8.GetBytes(name), count) == queue).Take(10)];
        foreach (var gateway in gateways)
        {
            await bench.RegisterAsync($"car-{gateway}");
            bench.Connect($"car-{gateway}", "ch", gateway);
        }

        await LiveAsync(bench, 10, beating: gateways);
        bench.Log.Full.Add(queue);
        await LiveAsync(bench, 17, beating: gateways);
        Assert.True(bench.Log.PendingCount > 0);

        // The broker takes messages again: the beats, and an end that is on its way.
        bench.Log.Full.Clear();
        bench.Log.IsReadOnly = false;
        await LiveAsync(bench, 3, beating: gateways);
        Assert.InRange(Ends(bench).Count, 0, 1);
    }

    [Fact]
    public async Task An_end_of_a_queue_that_the_log_has_lost_again_keeps_no_dead_gateway_alive()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1");
        await LiveAsync(bench, 10, beating: ["gw-a"]);

        // Its last beat was seen in the queue, and is gone before anybody has read it.
        bench.Clock.Advance(TimeSpan.FromSeconds(1));
        bench.Beat("gw-a");
        await bench.Watch.LookAsync(Token);
        bench.Log.LoseTail(TopicNames.VehicleEvent);
        await LiveAsync(bench, 30, beating: []);
        Assert.False(await bench.IsOnlineAsync("car-1"));
    }

    [Fact]
    public async Task A_log_that_can_be_read_but_takes_nothing_is_no_silence_of_a_gateway()
    {
        await using var bench = await CommandsBench.CreateAsync(("AppendTimeoutSeconds", "1"));
        await bench.ConnectAsync("car-1");
        await LiveAsync(bench, 10, beating: ["gw-a"]);
        bench.Log.IsReadOnly = true;
        await LiveAsync(bench, 14, beating: ["gw-a"]);
        for (var look = 0; look < 3; look++)
        {
            bench.Clock.Advance(TimeSpan.FromSeconds(1));
            var looking = bench.Watch.LookAsync(Token);
            for (var i = 0; i < 20 && !looking.IsCompleted; i++)
            {
                await Task.Delay(10, Token);
                bench.Clock.Advance(TimeSpan.FromMilliseconds(200));
            }

            await looking;
        }

        bench.Log.IsReadOnly = false;
        await LiveAsync(bench, 30, beating: ["gw-a"]);
        Assert.Empty(Ends(bench));
        Assert.True(await bench.IsOnlineAsync("car-1"));
    }

    [Fact]
    public async Task An_end_that_a_gateway_says_itself_counts_at_once_and_for_good()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1");
        bench.Event(VehicleEventType.InstanceEnd, "gw-a", null, null);
        await bench.PumpAsync();
        Assert.False(await bench.IsOnlineAsync("car-1"));
        bench.Connect("car-1", "ch-2");
        await bench.PumpAsync();
        Assert.False(await bench.IsOnlineAsync("car-1"));

        // Where the event came from: the broker of the instance's own queue may be away.
        Assert.Equal("car-1", Assert.Single(bench.Sent(GatewayOrderKind.InstanceEnded)).Key);
    }

    [Fact]
    public async Task An_event_that_cannot_be_read_is_kept_and_the_others_count()
    {
        await using var bench = await CommandsBench.CreateAsync();
        bench.Log.GetProducer(TopicNames.VehicleEvent).Append(new OutgoingMessage { Key = "car-1"u8, Body = "{}"u8 }, new Nobody(), default);
        bench.Event(VehicleEventType.Connect, "gw-a", "car-1", null);
        bench.Connect("car-1", "ch-1");
        await bench.PumpAsync();
        Assert.Equal("ch-1", (await bench.ConnectionAsync("car-1"))!.ChannelId);
        Assert.Equal([RejectReason.Undecodable, RejectReason.Undecodable], (await bench.RejectedAsync()).Select(r => r.Reason));
    }

    [Fact]
    public async Task An_order_to_a_killed_gateway_goes_to_the_cars_next_connection()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1");
        var id = await bench.OrderAsync(["car-1"], ttl: 600);
        await LiveAsync(bench, 20, beating: []);
        await bench.SweepAsync();
        bench.Clock.Advance(TimeSpan.FromSeconds(2));
        await bench.DispatchAsync();
        Assert.Single(bench.Sent(GatewayOrderKind.Directed));
        Assert.Null((await bench.ExecutionAsync(id, "car-1")).Deadline);
        bench.Connect("car-1", "ch-2", "gw-b");
        await bench.PumpAsync();
        await bench.DispatchAsync();
        Assert.Equal(("gw-b", 2), (bench.Sent(GatewayOrderKind.Directed)[^1].Tag, bench.Sent(GatewayOrderKind.Directed)[^1].Attempt));
    }

    [Fact]
    public async Task A_client_that_is_no_car_has_presence_and_gets_no_orders()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.RegisterAsync("car-1");
        var id = await bench.OrderAsync(["car-1"], ttl: 600);
        var body = Encoding.UTF8.GetBytes("""{"eventType":"connect","instance":"gw-a","clientId":"car-1","channelId":"ch-1","isVehicle":false,"time":0}""");
        bench.Log.GetProducer(TopicNames.VehicleEvent).Append(new OutgoingMessage { Key = "car-1"u8, Body = body }, new Nobody(), default);
        await bench.PumpAsync();
        await bench.DispatchAsync();
        Assert.True(await bench.IsOnlineAsync("car-1"));
        Assert.Equal(ExecutionState.Queued, await bench.StateAsync(id, "car-1"));
        Assert.Empty(bench.Sent());
    }

    /// <summary>Seconds pass in which Commands reads and looks once a second, and gateways beat every five.</summary>
    private static async Task LiveAsync(CommandsBench bench, int seconds, string[] beating)
    {
        for (var second = 1; second <= seconds; second++)
        {
            bench.Clock.Advance(TimeSpan.FromSeconds(1));
            if (second % 5 == 0)
            {
                foreach (var gateway in beating)
                {
                    bench.Beat(gateway);
                }
            }

            await bench.PumpAsync();
            await bench.Watch.LookAsync(Token);
            await bench.PumpAsync();
        }
    }

    private static IReadOnlyList<FakeMessageLog.Stored> Ends(CommandsBench bench) =>
        [.. bench.Log.Messages(TopicNames.VehicleEvent).Where(message => message.TagText == "instanceEnd")];

    private sealed class Nobody : IAppendSink
    {
        public void OnOutcomes(ReadOnlySpan<AppendOutcome> outcomes)
        {
        }
    }
}
