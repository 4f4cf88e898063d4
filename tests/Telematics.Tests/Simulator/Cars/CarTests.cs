using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Telematics.Contracts.Commands;
using Telematics.Contracts.Telemetry;
using Telematics.Mqtt;
using Telematics.Simulator;
using Telematics.Simulator.Cars;
using Telematics.Simulator.Driving;
using Telematics.Simulator.Planning;
using Telematics.Simulator.Workers;
using Xunit;

namespace Telematics.Tests.Simulator.Cars;

public sealed class CarTests
{
    private const long Boot = 1_764_000_000;
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public void Cars_connect_and_report_on_their_interval()
    {
        var (worker, gateway) = Start(new FleetOptions { Vehicles = 3, Interval = TimeSpan.FromSeconds(5) });
        Pass(worker, TimeSpan.FromSeconds(20.5));
        Assert.Equal(["sim-000001", "sim-000002", "sim-000003"], gateway.Connects.Select(connect => connect.ClientId).Order());
        Assert.All(gateway.Connects, connect => Assert.Null(connect.Secret));
        var byCar = gateway.Telemetry.GroupBy(publish => publish.Topic).ToDictionary(group => group.Key, group => group.Count());
        Assert.Equal(["telemetry/sim-000001", "telemetry/sim-000002", "telemetry/sim-000003"], byCar.Keys.Order());
        Assert.All(byCar.Values, count => Assert.InRange(count, 4, 5));
        Assert.Equal(gateway.Publishes.Count, worker.Counters.Acknowledged);
        Assert.Equal(3, worker.Counters.Connected);
    }

    [Theory]
    [InlineData(PayloadFormat.Json)]
    [InlineData(PayloadFormat.Protobuf)]
    public void Messages_are_numbered_from_one_and_carry_what_the_car_did(PayloadFormat format)
    {
        var (worker, gateway) = Start(new FleetOptions { Vehicles = 1, Interval = TimeSpan.FromSeconds(1), Format = format, Seed = 5 });
        Pass(worker, TimeSpan.FromSeconds(10.5));
        var messages = gateway.Telemetry.Select(publish => publish.Decode()).ToList();
        Assert.Equal(Enumerable.Range(1, messages.Count).Select(i => (long)i), messages.Select(message => message.Seq));
        Assert.All(messages, message => Assert.Equal((true, Boot), (message.HasSequence, message.Boot)));

        var drive = new Drive(seed: 5, carNumber: 1);
        var expected = default(SignalValues);
        for (var i = 0; i < messages.Count; i++)
        {
            drive.AdvanceTo((i + 1) * 1_000);
            drive.Sample((i + 1) * 1_000, ref expected);
            Assert.Equal(expected[SignalCatalogue.Latitude], messages[i].Samples[0].Values[SignalCatalogue.Latitude], 1e-6);
            Assert.Equal(expected[SignalCatalogue.Speed], messages[i].Samples[0].Values[SignalCatalogue.Speed], 0.01);
        }
    }

    [Fact]
    public void A_car_reports_the_same_whatever_process_it_is_in()
    {
        var (whole, wholeGateway) = Start(new FleetOptions { Vehicles = 4, Interval = TimeSpan.FromSeconds(2), Seed = 3 });
        Pass(whole, TimeSpan.FromSeconds(9));
        var (part, partGateway) = Start(new FleetOptions { Vehicles = 1, FirstNumber = 3, Interval = TimeSpan.FromSeconds(2), Seed = 3 });
        Pass(part, TimeSpan.FromSeconds(9));
        var expected = Values(wholeGateway, "telemetry/sim-000003");
        Assert.Equal(expected, Values(partGateway, "telemetry/sim-000003"));
        Assert.True(expected.Count >= 4);

        static List<double[]> Values(FakeGateway gateway, string topic) =>
            [.. gateway.Telemetry.Where(publish => publish.Topic == topic).Select(Signals)];

        static double[] Signals(FakeGateway.Published publish)
        {
            var values = publish.Decode().Samples[0].Values;
            return ((ReadOnlySpan<double>)values).ToArray();
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_was_not_acknowledged_is_sent_again_first_with_its_number(bool isSessionPresent)
    {
        var (worker, gateway) = Start(new FleetOptions { Vehicles = 1, Interval = TimeSpan.FromSeconds(1) });
        gateway.SessionPresent = isSessionPresent;
        gateway.AnswersPublishes = false;
        Pass(worker, TimeSpan.FromSeconds(3.5));
        var before = gateway.Publishes.ToList();
        Assert.InRange(before.Count, 3, 4);
        gateway.Acknowledge(before[0]);
        Pass(worker, TimeSpan.FromMilliseconds(20));

        gateway.Publishes.Clear();
        gateway.Cut(0);
        gateway.AnswersPublishes = true;
        Pass(worker, TimeSpan.FromSeconds(5));
        var after = gateway.Publishes.ToList();
        Assert.Equal(before.Skip(1).Select(publish => publish.PacketId), after.Take(before.Count - 1).Select(publish => publish.PacketId));
        Assert.Equal(before.Skip(1).Select(publish => publish.Decode().Seq), after.Take(before.Count - 1).Select(publish => publish.Decode().Seq));

        // DUP only where the session goes on: else the server sees them for the first time [MQTT-3.3.1-1].
        Assert.All(after.Take(before.Count - 1), publish => Assert.Equal(isSessionPresent, publish.IsDuplicate));
        Assert.All(after.Skip(before.Count - 1), publish => Assert.False(publish.IsDuplicate));
        Assert.Equal([true, false], gateway.Connects.Select(connect => connect.CleanStart));
        Assert.Equal(worker.Counters.TelemetrySent, worker.Counters.Acknowledged);
        Assert.Equal(before.Count - 1, worker.Counters.Resent);

        var numbers = after.Select(publish => publish.Decode().Seq).ToList();
        Assert.Equal(Enumerable.Range(2, numbers.Count).Select(i => (long)i), numbers);
    }

    [Fact]
    public void Samples_taken_while_offline_come_later_many_in_a_message_and_the_oldest_are_given_up()
    {
        var (worker, gateway) = Start(new FleetOptions { Vehicles = 1, Interval = TimeSpan.FromSeconds(1), BacklogSamples = 20 });
        gateway.IsReachable = false;
        Pass(worker, TimeSpan.FromSeconds(60));
        Assert.InRange(worker.Counters.SamplesGivenUp, 38, 41);
        Assert.True(worker.Counters.ConnectFailures > 2);
        gateway.IsReachable = true;
        Pass(worker, TimeSpan.FromSeconds(31));
        var first = gateway.Telemetry.First().Decode();
        Assert.Equal((20, 1), (first.SampleCount, first.Seq));
        Assert.Equal(gateway.Telemetry.Sum(publish => publish.Decode().SampleCount), worker.Counters.SamplesSent);
        var times = new List<long>();
        foreach (var publish in gateway.Telemetry)
        {
            foreach (var sample in publish.Decode().Samples)
            {
                times.Add(sample.DeviceTime);
            }
        }

        Assert.Equal(times.Order(), times);
        Assert.All(times.Zip(times.Skip(1)), pair => Assert.InRange(pair.Second - pair.First, 980_000, 1_020_000));
    }

    [Fact]
    public void Reconnects_are_spaced_out_and_not_in_step()
    {
        var (worker, gateway) = Start(new FleetOptions { Vehicles = 50, Interval = TimeSpan.FromSeconds(100) });
        gateway.ConnackReason = MqttReasonCode.ServerUnavailable;
        Pass(worker, TimeSpan.FromSeconds(10));
        Assert.Contains("ServerUnavailable", worker.Counters.LastProblem!.Why, StringComparison.Ordinal);

        // 0.25-0.5, 0.5-1, 1-2, 2-4 s: four or five tries each in 10 s.
        var tries = gateway.Connects.CountBy(connect => connect.Slot).Select(pair => pair.Value).ToList();
        Assert.All(tries, count => Assert.InRange(count, 4, 7));
        gateway.ConnackReason = MqttReasonCode.Success;
        var before = gateway.Connects.Count;
        Pass(worker, TimeSpan.FromMilliseconds(500));
        Assert.InRange(gateway.Connects.Count - before, 1, 25);
    }

    [Fact]
    public void No_more_than_the_window_is_unacknowledged()
    {
        var (worker, gateway) = Start(new FleetOptions { Vehicles = 1, Interval = TimeSpan.Zero, Window = 8 });
        gateway.AnswersPublishes = false;
        Pass(worker, TimeSpan.FromSeconds(1));
        Assert.Equal(8, gateway.Publishes.Count);
        Assert.Equal(8, gateway.Publishes.Select(publish => publish.PacketId).Distinct().Count());
        gateway.Acknowledge(gateway.Publishes[3]);
        Pass(worker, TimeSpan.FromMilliseconds(50));
        Assert.Equal(9, gateway.Publishes.Count);
    }

    [Fact]
    public void The_servers_receive_maximum_is_kept_on_a_resend_too()
    {
        var (worker, gateway) = Start(new FleetOptions { Vehicles = 1, Interval = TimeSpan.Zero, Window = 8 });
        gateway.AnswersPublishes = false;
        Pass(worker, TimeSpan.FromSeconds(1));
        gateway.ReceiveMaximum = 3;
        gateway.Publishes.Clear();
        gateway.Cut(0);
        Pass(worker, TimeSpan.FromSeconds(2));
        Assert.Equal([1L, 2, 3], gateway.Publishes.Select(publish => publish.Decode().Seq));
        gateway.Acknowledge(gateway.Publishes[0]);
        Pass(worker, TimeSpan.FromMilliseconds(50));
        Assert.Equal(4, gateway.Publishes[^1].Decode().Seq);
    }

    [Fact]
    public void A_command_is_acknowledged_accepted_and_done()
    {
        var (worker, gateway) = Start(new FleetOptions { Vehicles = 1, Interval = TimeSpan.FromSeconds(60) });
        Pass(worker, TimeSpan.FromSeconds(1));
        var command = Command("unlock");
        gateway.Command(0, command, packetId: 77);
        Pass(worker, TimeSpan.FromSeconds(1));
        Assert.Equal([(0, (ushort)77, MqttReasonCode.Success)], gateway.Pubacks);
        Assert.Equal([VehicleCommandState.Accepted, VehicleCommandState.Succeeded], gateway.Results.Select(result => result.State));
        Assert.All(gateway.Results, result => Assert.Equal(command.CommandId, result.CommandId));
        Assert.All(gateway.Publishes.Where(publish => publish.Topic == "command-result/sim-000001"), publish => Assert.Equal(QualityOfService.AtLeastOnce, publish.QualityOfService));

        gateway.Command(0, command, packetId: 78);
        Pass(worker, TimeSpan.FromSeconds(1));
        Assert.Equal(2, gateway.Pubacks.Count);
        Assert.Equal(VehicleCommandState.Succeeded, gateway.Results.Last().State);
        Assert.Equal(3, gateway.Results.Count());
        Assert.Equal((2L, 1L, 1L), (worker.Counters.CommandsReceived, worker.Counters.CommandsRepeated, worker.Counters.CommandsSucceeded));

        // The next report says that the door is open, once.
        Pass(worker, TimeSpan.FromSeconds(120));
        Assert.Equal(1, gateway.Telemetry.Count(publish => Encoding.UTF8.GetString(publish.Payload).Contains("\"Vehicle.Cabin.Door.Row1.DriverSide.IsLocked\":false", StringComparison.Ordinal)));
    }

    [Fact]
    public void Locate_reports_at_once_and_the_interval_can_be_set()
    {
        var (worker, gateway) = Start(new FleetOptions { Vehicles = 1, Interval = TimeSpan.FromSeconds(1_000) });
        Pass(worker, TimeSpan.FromSeconds(1));
        gateway.Publishes.Clear();
        gateway.Command(0, Command("locate"), packetId: 1);
        Pass(worker, TimeSpan.FromSeconds(1));
        Assert.Single(gateway.Telemetry);

        gateway.Command(0, Command("setReportingInterval", """{"seconds":2}"""), packetId: 2);
        Pass(worker, TimeSpan.FromSeconds(21));
        Assert.InRange(gateway.Telemetry.Count(), 10, 11);
    }

    [Fact]
    public void What_is_no_command_is_refused_and_counted()
    {
        var (worker, gateway) = Start(new FleetOptions { Vehicles = 1, Interval = TimeSpan.FromSeconds(60) });
        Pass(worker, TimeSpan.FromSeconds(1));
        gateway.Publish(0, Encoding.UTF8.GetBytes("{\"commandId\":1}"), packetId: 5);
        Pass(worker, TimeSpan.FromSeconds(1));
        Assert.Equal([(0, (ushort)5, MqttReasonCode.PayloadFormatInvalid)], gateway.Pubacks);
        Assert.Equal(1, worker.Counters.CommandsUnreadable);
        Assert.Empty(gateway.Results);
    }

    [Fact]
    public void A_car_that_is_thrown_out_again_and_again_backs_off()
    {
        var (worker, gateway) = Start(new FleetOptions { Vehicles = 1, Interval = TimeSpan.FromSeconds(60) });
        for (var i = 0; i < 600; i++)
        {
            Pass(worker, TimeSpan.FromMilliseconds(100));
            if (gateway.Open.Contains(0))
            {
                gateway.Cut(0);
            }
        }

        Assert.InRange(gateway.Connects.Count, 5, 9);
    }

    [Fact]
    public void A_server_that_breaks_the_protocol_is_left_and_counted()
    {
        var (worker, gateway) = Start(new FleetOptions { Vehicles = 1, Interval = TimeSpan.FromSeconds(60) });
        Pass(worker, TimeSpan.FromSeconds(1));
        gateway.Answer(0, [0x40, 0x02, 0x12, 0x34]); // PUBACK for nothing
        Pass(worker, TimeSpan.FromSeconds(2));
        Assert.Equal((1L, 1L, 2L), (worker.Counters.ProtocolErrors, worker.Counters.ConnectionsLost, worker.Counters.Connects));
        Assert.Single(gateway.Disconnects);
        gateway.Answer(0, [0x30, 0xFF, 0xFF, 0xFF, 0xFF]);
        Pass(worker, TimeSpan.FromSeconds(2));
        Assert.Equal(2, worker.Counters.ProtocolErrors);
    }

    [Fact]
    public void A_silent_car_pings_and_leaves_a_silent_server()
    {
        var (worker, gateway) = Start(new FleetOptions { Vehicles = 1, Interval = TimeSpan.FromSeconds(2_000), KeepAliveSeconds = 900 });
        gateway.ServerKeepAlive = 40;
        Pass(worker, TimeSpan.FromSeconds(121));
        Assert.InRange(gateway.Pings, 5, 6);
        Assert.Single(gateway.Connects);
        gateway.AnswersPings = false;
        Pass(worker, TimeSpan.FromSeconds(60));
        Assert.Equal(1, worker.Counters.ConnectionsLost);
        Assert.Equal(2, gateway.Connects.Count);
    }

    [Fact]
    public void A_refused_publish_is_counted_apart()
    {
        var (worker, gateway) = Start(new FleetOptions { Vehicles = 1, Interval = TimeSpan.FromSeconds(1) });
        gateway.AnswersPublishes = false;
        Pass(worker, TimeSpan.FromSeconds(1.5));
        gateway.Acknowledge(gateway.Publishes[0], MqttReasonCode.NotAuthorized);
        Pass(worker, TimeSpan.FromMilliseconds(50));
        Assert.Equal((1L, 0L), (worker.Counters.Refused, worker.Counters.Acknowledged));
    }

    [Fact]
    public void A_drain_waits_for_acknowledgements_and_disconnects()
    {
        var (worker, gateway) = Start(new FleetOptions { Vehicles = 2, Interval = TimeSpan.FromSeconds(1) });
        gateway.AnswersPublishes = false;
        Pass(worker, TimeSpan.FromSeconds(1.5));
        worker.RequestDrain();
        Pass(worker, TimeSpan.FromSeconds(5));
        Assert.False(worker.IsFinished);
        var sent = gateway.Publishes.Count;
        gateway.Publishes.ToList().ForEach(publish => gateway.Acknowledge(publish));
        Pass(worker, TimeSpan.FromMilliseconds(50));
        Assert.True(worker.IsFinished);
        Assert.Equal(sent, gateway.Publishes.Count);
        Assert.Equal([0, 1], gateway.Disconnects.Order());
        Assert.Empty(gateway.Open);
        Assert.Equal(0, worker.Counters.Connected);
    }

    [Fact]
    public void Credentials_are_used_and_3_1_1_is_spoken()
    {
        var options = new FleetOptions
        {
            Vehicles = 2,
            Interval = TimeSpan.FromSeconds(1),
            Version = MqttProtocolVersion.V311,
            Credentials = new Dictionary<string, string> { ["sim-000002"] = "secret" },
        };
        var (worker, gateway) = Start(options, MqttProtocolVersion.V311);
        Pass(worker, TimeSpan.FromSeconds(3));
        Assert.Equal([null, "secret"], gateway.Connects.OrderBy(connect => connect.ClientId, StringComparer.Ordinal).Select(connect => connect.Secret));
        gateway.Command(0, Command("lock"), packetId: 3);
        Pass(worker, TimeSpan.FromSeconds(1));
        Assert.Equal(2, gateway.Results.Count());
        Assert.True(worker.Counters.Acknowledged >= 6);
    }

    [Fact]
    public void Connects_keep_to_the_rate()
    {
        var (worker, gateway) = Start(new FleetOptions { Vehicles = 100, Interval = TimeSpan.FromSeconds(100), ConnectRate = 10 });
        Pass(worker, TimeSpan.FromSeconds(5));
        Assert.InRange(gateway.Connects.Count, 45, 51);
        Pass(worker, TimeSpan.FromSeconds(6));
        Assert.Equal(100, gateway.Connects.Count);
    }

    private (FleetWorker Worker, FakeGateway Gateway) Start(FleetOptions options, MqttProtocolVersion version = MqttProtocolVersion.V500)
    {
        Assert.Empty(options.Validate());
        var gateway = new FakeGateway(version);
        var pace = new WorkerPace(options.ConnectRate ?? 0, MaximumConnecting: 128, GatherMilliseconds: 0, StopsPerTurn: 1_000);
        var worker = new FleetWorker(
            new CarEnvironment(options, gateway, _clock, new AckTimes(), Boot), new NumberRange(options.FirstNumber, Step: 1, options.Vehicles), pace);
        worker.Start();
        return (worker, gateway);
    }

    private VehicleCommand Command(string type, string parameters = "{}") => new()
    {
        CommandId = Guid.NewGuid(),
        Order = 1,
        Type = type,
        Parameters = JsonElement.Parse(parameters),
        IssuedAt = _clock.GetUtcNow(),
        NotAfter = _clock.GetUtcNow().AddMinutes(1),
    };

    private void Pass(FleetWorker worker, TimeSpan time)
    {
        for (var left = time; left > TimeSpan.Zero; left -= TimeSpan.FromMilliseconds(10))
        {
            _clock.Advance(TimeSpan.FromMilliseconds(10));
            worker.RunOnce(0);
        }
    }
}
