using System.Text;
using Microsoft.Extensions.Time.Testing;
using Telematics.Mqtt;
using Telematics.Simulator.Meters;
using Telematics.Simulator.Planning;
using Telematics.Simulator.Workers;
using Telematics.Tests.Simulator.Cars;
using Xunit;

namespace Telematics.Tests.Simulator.Meters;

public sealed class MeterWorkerTests
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
    private readonly FakeGateway _gateway = new();

    [Fact]
    public void Each_client_keeps_its_window_full_and_no_more()
    {
        var worker = Make(new MeterOptions { Connections = 3, Window = 2, Topic = "a/{clientId}/b" });
        _gateway.AnswersPublishes = false;
        Pass(worker, 1);
        Assert.Equal(["load-000001", "load-000002", "load-000003"], _gateway.Connects.Select(connect => connect.ClientId).Order());
        Assert.Empty(_gateway.Publishes);

        worker.Publish();
        Pass(worker, 1);
        Assert.Equal(6, _gateway.Publishes.Count);
        Assert.Equal(2, _gateway.Publishes.Count(publish => publish.Topic == "a/load-000002/b"));
        Assert.All(_gateway.Publishes, publish => Assert.Equal(120, publish.Payload.Length));

        _gateway.Acknowledge(_gateway.Publishes[0]);
        Pass(worker, 1);
        Assert.Equal(7, _gateway.Publishes.Count);
        Assert.Equal((_gateway.Publishes[0].Slot, _gateway.Publishes[0].PacketId), (_gateway.Publishes[6].Slot, _gateway.Publishes[6].PacketId));
        Assert.Equal(1, worker.Counters.Acknowledged);
    }

    [Fact]
    public void The_servers_receive_maximum_is_kept()
    {
        _gateway.ReceiveMaximum = 3;
        _gateway.AnswersPublishes = false;
        var worker = Make(new MeterOptions { Connections = 1, Window = 10 });
        Pass(worker, 1);
        worker.Publish();
        Pass(worker, 1);
        Assert.Equal(3, _gateway.Publishes.Count);
    }

    [Fact]
    public void A_payload_with_room_is_telemetry_with_a_time_of_its_own()
    {
        _gateway.AnswersPublishes = false;
        var worker = Make(new MeterOptions { Connections = 1, Window = 3, PayloadBytes = 59 });
        Pass(worker, 1);
        worker.Publish();
        Pass(worker, 1);
        Assert.All(_gateway.Publishes, publish => Assert.Equal(59, publish.Payload.Length));
        Assert.Equal(3, _gateway.Publishes.Select(publish => publish.Decode().Samples[0].DeviceTime).Distinct().Count());
        Assert.Equal("xxx", Encoding.ASCII.GetString(new MeterPayload(3).Next(_clock)));
    }

    [Fact]
    public void What_is_refused_or_lost_is_counted_with_the_reason()
    {
        _gateway.AnswersPublishes = false;
        var worker = Make(new MeterOptions { Connections = 2 });
        Pass(worker, 1);
        worker.Publish();
        Pass(worker, 1);
        _gateway.Acknowledge(_gateway.Publishes[0], MqttReasonCode.QuotaExceeded);
        _gateway.Cut(1);
        Pass(worker, 1);
        Assert.Equal((0L, 1L, 1L, 1L), (worker.Counters.Acknowledged, worker.Counters.Refused, worker.Counters.Failed, worker.Counters.Connected));
        Assert.Equal("load-000002: ConnectionReset", worker.Counters.LastFailure);
        Assert.Equal(3, _gateway.Publishes.Count);
    }

    [Fact]
    public void Who_is_idle_pings_twice_in_a_keep_alive()
    {
        _gateway.ServerKeepAlive = 40;
        var worker = Make(new MeterOptions { Connections = 10 });
        Pass(worker, 100);
        Assert.InRange(_gateway.Pings, 40, 50);
    }

    [Fact]
    public void Connections_can_be_cut_and_made_again()
    {
        var worker = Make(new MeterOptions { Connections = 5 });
        Pass(worker, 1);
        worker.Reconnect(3);
        Pass(worker, 1);
        Assert.Equal([0, 1, 2], _gateway.Aborted.Order());
        Assert.Equal((8L, 5L, 0L), (worker.Counters.Connects, worker.Counters.Connected, worker.Counters.Failed));
    }

    [Fact]
    public void Connects_keep_to_the_rate()
    {
        var worker = Make(new MeterOptions { Connections = 100 }, connectRate: 10);
        Pass(worker, 5);
        Assert.InRange(_gateway.Connects.Count, 45, 51);
    }

    private MeterWorker Make(MeterOptions options, double connectRate = 0)
    {
        Assert.Empty(options.Validate());
        var pace = new WorkerPace(connectRate, MaximumConnecting: 128, GatherMilliseconds: 0, StopsPerTurn: 1);
        return new MeterWorker(options, _gateway, new NumberRange(First: 1, Step: 1, options.Connections), pace, _clock, new MeterTimes());
    }

    private void Pass(MeterWorker worker, int seconds)
    {
        for (var i = 0; i < seconds * 100; i++)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(10));
            worker.RunOnce(0);
        }
    }
}
