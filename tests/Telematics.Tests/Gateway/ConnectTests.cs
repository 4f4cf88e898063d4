using System.Text;
using Telematics.Contracts.Credentials;
using Telematics.Contracts.Presence;
using Telematics.Gateway;
using Telematics.Gateway.Sessions;
using Telematics.Messaging;
using Telematics.Mqtt;
using Telematics.Mqtt.Packets;
using Xunit;

namespace Telematics.Tests.Gateway;

public sealed class ConnectTests
{
    [Fact]
    public void A_log_in_that_needs_no_question_to_the_store_is_not_refused_because_others_wait_for_it()
    {
        var verifier = new ScriptedVerifier { Remembered = { "car-1" } };
        var harness = new GatewayHarness(
            configure: options => (options.Authentication, options.MaxPendingLogIns) = (GatewayAuthentication.Credential, 1), verifier: verifier);
        harness.Accept().Connect("car-2", userName: "car-2", password: "s"); // the store is away
        var known = harness.Accept().Connect("car-1", userName: "car-1", password: "s");
        harness.Run();
        Assert.Equal(MqttReasonCode.Success, known.TakeOne().Reason);
    }

    [Fact]
    public void CONNACK_says_what_is_offered()
    {
        var harness = new GatewayHarness();
        var connack = harness.Accept().Connect("car-1", keepAlive: 1_000, sessionExpiry: uint.MaxValue).TakeOne();
        Assert.False(connack.SessionPresent);
        Assert.Equal(
            new Dictionary<MqttPropertyId, uint>
            {
                [MqttPropertyId.SessionExpiryInterval] = 7_200,
                [MqttPropertyId.ServerKeepAlive] = 480,
                [MqttPropertyId.ReceiveMaximum] = 32,
                [MqttPropertyId.MaximumQoS] = 1,
                [MqttPropertyId.RetainAvailable] = 0,
                [MqttPropertyId.MaximumPacketSize] = 65_536,
                [MqttPropertyId.TopicAliasMaximum] = 0,
                [MqttPropertyId.WildcardSubscriptionAvailable] = 1,
                [MqttPropertyId.SubscriptionIdentifierAvailable] = 1,
                [MqttPropertyId.SharedSubscriptionAvailable] = 0,
            },
            connack.Numbers);
    }

    [Fact]
    public void CONNACK_waits_until_the_connect_event_is_stored()
    {
        var harness = new GatewayHarness();
        harness.VehicleEvents.IsHolding = true;
        var car = harness.Accept().Connect("car-1", MqttProtocolVersion.V311);
        car.Send(car.PublishBytes("telemetry/car-1", "early", 1));
        harness.Advance(TimeSpan.FromSeconds(4));
        Assert.Empty(car.Take());
        Assert.Empty(harness.Telemetry.Appended);

        harness.VehicleEvents.Release();
        harness.Run();
        Assert.Equal([MqttPacketType.Connack, MqttPacketType.Puback], car.Take().Select(packet => packet.Type));
        var connect = Assert.Single(harness.Events);
        Assert.Equal(VehicleEventType.Connect, connect.EventType);
        Assert.Equal("car-1", connect.ClientId);
        Assert.Equal(4, connect.ProtocolVersion);
        Assert.True(connect.IsVehicle);
        Assert.Equal("127.0.0.1:40000", connect.ClientIp);
        Assert.Equal("connect", harness.VehicleEvents.Appended[0].Tag);
        Assert.Equal("car-1", harness.VehicleEvents.Appended[0].Key);
    }

    [Theory]
    [InlineData(MqttProtocolVersion.V311)]
    [InlineData(MqttProtocolVersion.V500)]
    public void While_the_log_is_down_a_connection_is_refused_after_five_seconds_and_leaves_nothing_behind(MqttProtocolVersion version)
    {
        var harness = new GatewayHarness();
        harness.VehicleEvents.IsHolding = true;
        var car = harness.Accept().Connect("car-1", version);
        harness.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(MqttReasonCode.ServerUnavailable, car.TakeOne().Reason);
        Assert.True(car.IsClosed);
        Assert.Equal(0, harness.VehicleEvents.PendingCount);
        Assert.Equal(0, harness.Loop.Connections.Count);
        Assert.Equal(0, harness.Loop.Sessions.Count);
        Assert.Equal(0, harness.Loop.Counters.WaitingConnections);
        Assert.Single(harness.VehicleEvents.Appended); // no end for a beginning that nobody saw
    }

    [Fact]
    public void A_connect_event_that_is_stored_after_all_is_followed_by_its_end()
    {
        var harness = new GatewayHarness();
        harness.VehicleEvents.IsHolding = true;
        harness.VehicleEvents.AbandonsNothing = true; // it is on its way already
        var car = harness.Accept().Connect("car-1");
        car.Drop();
        Assert.Equal(1, harness.Loop.Connections.Count);
        harness.VehicleEvents.Answer(0);
        harness.VehicleEvents.Release();
        harness.Run();
        Assert.Equal([VehicleEventType.Connect, VehicleEventType.TcpClean], harness.Events.Select(e => e.EventType));
        Assert.Single(harness.Events.Select(e => e.ChannelId).Distinct());
        Assert.Equal(0, harness.Loop.Connections.Count);
    }

    [Fact]
    public void Waiting_connections_are_bounded()
    {
        var harness = new GatewayHarness(configure: options => options.MaxWaitingConnections = 2);
        harness.VehicleEvents.IsHolding = true;
        harness.Accept().Connect("a");
        harness.Accept().Connect("b");
        Assert.Equal(MqttReasonCode.ServerBusy, harness.Accept().Connect("c").TakeOne().Reason);
    }

    [Fact]
    public void The_connect_rate_is_off_by_default_and_bounds_when_set()
    {
        var harness = new GatewayHarness(configure: options => options.ConnectRate = 2);
        harness.Client("a");
        harness.Client("b");
        Assert.Equal(MqttReasonCode.ServerBusy, harness.Accept().Connect("c").TakeOne().Reason);
        harness.Advance(TimeSpan.FromSeconds(1));
        harness.Client("c");
        Assert.Equal(0, new GatewayOptions().ConnectRate);
    }

    [Fact]
    public void An_empty_client_identifier_gets_one_that_is_no_vehicle()
    {
        var harness = new GatewayHarness();
        var id = harness.Accept().Connect(string.Empty).TakeOne().Texts[MqttPropertyId.AssignedClientIdentifier];
        Assert.StartsWith("auto-", id, StringComparison.Ordinal);
        Assert.Equal(id, harness.Events[0].ClientId);
        Assert.False(harness.Events[0].IsVehicle);
        Assert.Equal(MqttReasonCode.Success, harness.Accept().Connect(string.Empty, MqttProtocolVersion.V311).TakeOne().Reason);
        var kept = harness.Accept().Connect(string.Empty, MqttProtocolVersion.V311, cleanStart: false);
        Assert.Equal(MqttReasonCode.ClientIdentifierNotValid, kept.TakeOne().Reason);
        Assert.True(kept.IsClosed);
    }

    [Theory]
    [InlineData(MqttProtocolVersion.V311)]
    [InlineData(MqttProtocolVersion.V500)]
    public void A_client_identifier_may_be_64_characters_without_control_characters(MqttProtocolVersion version)
    {
        var harness = new GatewayHarness();
        Assert.Equal(MqttReasonCode.Success, harness.Accept().Connect(new string('ß', 64), version).TakeOne().Reason);
        Assert.Equal(MqttReasonCode.ClientIdentifierNotValid, harness.Accept().Connect(new string('a', 65), version).TakeOne().Reason);
        Assert.Equal(MqttReasonCode.ClientIdentifierNotValid, harness.Accept().Connect("a\u0002b", version).TakeOne().Reason);
        Assert.Equal(2, harness.Loop.Counters.Ends(EndReason.ClientIdentifierNotValid));
    }

    [Theory]
    [InlineData(MqttProtocolVersion.V311)]
    [InlineData(MqttProtocolVersion.V500)]
    public void A_log_in_is_client_id_user_name_and_secret_and_is_checked_elsewhere(MqttProtocolVersion version)
    {
        var verifier = new ScriptedVerifier();
        var harness = new GatewayHarness(configure: options => options.Authentication = GatewayAuthentication.Credential, verifier: verifier);
        var car = harness.Accept().Connect("car-1", version, userName: "car-1", password: "s");
        Assert.Empty(car.Take());
        Assert.Equal(System.Security.Cryptography.SHA256.HashData("s"u8), verifier.Asked[0].SecretHash.ToArray());
        Assert.Empty(harness.Events);
        verifier.Answer(0, CredentialVerdict.Accepted);
        harness.Run();
        Assert.Equal(MqttReasonCode.Success, car.TakeOne().Reason);

        var wrong = harness.Accept().Connect("car-1", version, userName: "car-1", password: "t");
        verifier.Answer(1, CredentialVerdict.Refused);
        harness.Run();
        Assert.Equal(MqttReasonCode.BadUserNameOrPassword, wrong.TakeOne().Reason);
        Assert.False(car.IsClosed); // a bad log-in takes nothing over

        var unavailable = harness.Accept().Connect("car-2", version, userName: "car-2", password: "t");
        verifier.Answer(2, CredentialVerdict.Unavailable);
        harness.Run();
        Assert.Equal(MqttReasonCode.ServerUnavailable, unavailable.TakeOne().Reason);

        Assert.Equal(MqttReasonCode.BadUserNameOrPassword, harness.Accept().Connect("car-2", version, userName: "car-3", password: "t").TakeOne().Reason);
        Assert.Equal(MqttReasonCode.BadUserNameOrPassword, harness.Accept().Connect("car-2", version).TakeOne().Reason);
        Assert.Equal(3, verifier.Asked.Count);
    }

    [Fact]
    public void A_verifier_that_does_not_answer_holds_a_connection_for_ten_seconds()
    {
        var verifier = new ScriptedVerifier();
        var harness = new GatewayHarness(configure: options => options.Authentication = GatewayAuthentication.Credential, verifier: verifier);
        var car = harness.Accept().Connect("car-1", userName: "car-1", password: "s");
        harness.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(MqttReasonCode.ServerUnavailable, car.TakeOne().Reason);
        var next = harness.Accept();
        Assert.Equal(car.Slot, next.Slot);
        verifier.Answer(0, CredentialVerdict.Accepted); // for a slot that is somebody else's by now
        harness.Run();
        Assert.Empty(next.Take());
    }

    [Theory]
    [InlineData(MqttProtocolVersion.V500, MqttReasonCode.ServerBusy)]
    [InlineData(MqttProtocolVersion.V311, MqttReasonCode.ServerUnavailable)]
    public void While_the_store_of_credentials_is_away_cars_that_come_again_do_not_pile_up_questions(MqttProtocolVersion version, MqttReasonCode busy)
    {
        var verifier = new ScriptedVerifier();
        var harness = new GatewayHarness(
            loops: 2, options => (options.Authentication, options.MaxPendingLogIns) = (GatewayAuthentication.Credential, 3), verifier: verifier);
        for (var i = 0; i < 3; i++)
        {
            LogIn(i % 2).Drop(); // it gives up, and its question is still there
        }

        Assert.All(verifier.Asked, question => Assert.True(question.IsWithdrawn));
        for (var i = 0; i < 5; i++)
        {
            var refused = LogIn(i % 2);
            Assert.Equal(busy, refused.TakeOne().Reason);
            Assert.True(refused.IsClosed);
        }

        Assert.Equal(3, verifier.Asked.Count);
        Assert.Equal((3L, 5L), (harness.Shared.LogIns.Count, harness.Shared.LogIns.Refused));
        Assert.Equal(5, harness.Loops.Sum(loop => loop.Counters.Ends(EndReason.ServerBusy)));
        Assert.Single(harness.Lines.All, line => line.Contains("1032", StringComparison.Ordinal));

        verifier.Answer(0, CredentialVerdict.Withdrawn);
        verifier.Answer(1, CredentialVerdict.Withdrawn);
        verifier.Answer(2, CredentialVerdict.Unavailable);
        Assert.Equal((0L, 2L), (harness.Shared.LogIns.Count, harness.Shared.LogIns.Withdrawn));
        var car = LogIn(0);
        verifier.Answer(3, CredentialVerdict.Accepted);
        harness.Run();
        Assert.Equal(MqttReasonCode.Success, car.TakeOne().Reason);

        TestClient LogIn(int loop) => harness.Accept(loop).Connect("car-1", version, userName: "car-1", password: "s");
    }

    [Fact]
    public void A_question_is_withdrawn_when_its_time_is_over_and_not_when_it_is_answered()
    {
        var verifier = new ScriptedVerifier();
        var harness = new GatewayHarness(configure: options => options.Authentication = GatewayAuthentication.Credential, verifier: verifier);
        harness.Accept().Connect("car-1", userName: "car-1", password: "s");
        harness.Advance(TimeSpan.FromSeconds(11));
        Assert.True(verifier.Asked[0].IsWithdrawn);
        harness.Accept().Connect("car-2", userName: "car-2", password: "s");
        verifier.Answer(1, CredentialVerdict.Refused);
        harness.Run();
        Assert.False(verifier.Asked[1].IsWithdrawn);
    }

    [Fact]
    public void With_a_log_in_only_the_cars_own_topics_are_open()
    {
        var verifier = new ScriptedVerifier { Immediate = CredentialVerdict.Accepted };
        var harness = new GatewayHarness(configure: options => options.Authentication = GatewayAuthentication.Credential, verifier: verifier);
        var car = harness.Accept().Connect("car-1", userName: "car-1", password: "s");
        car.Take();
        Assert.Equal(MqttReasonCode.NotAuthorized, car.Publish("telemetry/car-2", "x", 1).TakeOne().Reason);
        Assert.Equal(MqttReasonCode.Success, car.Publish("telemetry/car-1", "x", 2).TakeOne().Reason);
        Assert.Equal([(byte)MqttReasonCode.NotAuthorized], car.Subscribe("command/p2p/car-2").TakeOne().Codes);
        Assert.Equal([(byte)1], car.Subscribe("command/p2p/+").TakeOne().Codes);
        Assert.Equal([(byte)MqttReasonCode.NotAuthorized], car.Subscribe("+/p2p/car-2").TakeOne().Codes);
    }

    [Theory]
    [InlineData(new byte[] { 0x30, 0x00 })] // PUBLISH first
    [InlineData(new byte[] { 0x00, 0x00 })] // reserved type
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF })]
    [InlineData(new byte[] { 0x10, 0x04, 0x00, 0x02, (byte)'X', (byte)'Y' })] // another protocol, cut short
    public void What_is_no_CONNECT_closes(byte[] bytes)
    {
        var harness = new GatewayHarness();
        var client = harness.Accept().Send(bytes);
        Assert.True(client.IsClosed);
        Assert.Equal(0, harness.Loop.Connections.Count);
    }

    [Fact]
    public void An_unknown_protocol_level_is_answered_in_the_words_of_3_1_1()
    {
        var harness = new GatewayHarness();
        var client = harness.Accept().Send([0x10, 0x0C, 0x00, 0x04, .. Encoding.ASCII.GetBytes("MQTT"), 0x09, 0x02, 0x00, 0x3C, 0x00, 0x00]);
        Assert.True(client.IsClosed);
        Assert.Equal(MqttReasonCode.UnsupportedProtocolVersion, client.TakeOne().Reason);
    }

    [Fact]
    public void A_connection_without_CONNECT_is_closed_after_ten_seconds()
    {
        var harness = new GatewayHarness();
        var client = harness.Accept().Send([0x10]);
        harness.Advance(TimeSpan.FromSeconds(9));
        Assert.False(client.IsClosed);
        harness.Advance(TimeSpan.FromSeconds(2));
        Assert.True(client.IsClosed);
        Assert.Equal(1, harness.Loop.Counters.Ends(EndReason.ConnectTimeout));
    }

    [Fact]
    public void A_second_CONNECT_and_packets_of_the_server_are_protocol_errors()
    {
        var harness = new GatewayHarness();
        Assert.Equal(MqttReasonCode.ProtocolError, harness.Client("a").Connect("a").TakeOne().Reason);
        Assert.Equal(MqttReasonCode.ProtocolError, harness.Client("b").Send([0x20, 0x02, 0x00, 0x00]).TakeOne().Reason);
        var old = harness.Client("c", MqttProtocolVersion.V311).Connect("c", MqttProtocolVersion.V311);
        Assert.True(old.IsClosed);
        Assert.Empty(old.Take());
    }

    [Fact]
    public void A_packet_above_the_limit_is_refused_before_it_is_there()
    {
        var harness = new GatewayHarness();
        var car = harness.Client("a").Send([0x30, 0x80, 0x80, 0x08]); // 131,072 bytes to come
        Assert.Equal(MqttReasonCode.PacketTooLarge, car.TakeOne().Reason);
        Assert.Equal(1, harness.Loop.Counters.Ends(EndReason.PacketTooLarge));
    }

    [Fact]
    public void Any_bytes_at_all_end_in_order()
    {
        var random = new Random(20_260_301);
        var harness = new GatewayHarness();
        for (var i = 0; i < 3_000; i++)
        {
            var client = i % 2 == 0 ? harness.Accept() : harness.Client($"c{i}", i % 4 == 1 ? MqttProtocolVersion.V311 : MqttProtocolVersion.V500);
            var valid = client.PublishBytes("telemetry/car-1", new string('x', random.Next(60)), 1);
            var bytes = i % 3 == 0 ? new byte[random.Next(1, 80)] : valid;
            if (i % 3 == 0)
            {
                random.NextBytes(bytes);
            }
            else
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            client.Send(bytes);
            if (!client.IsClosed)
            {
                client.Drop();
            }
        }

        Assert.Equal(0, harness.Loop.Connections.Count);
        Assert.Equal(0, harness.Loop.Sessions.Count);
        Assert.Equal(0, harness.Loop.Counters.Connections);
        Assert.Equal(0, harness.Loop.Counters.PausedConnections);
    }

    [Fact]
    public void An_enhanced_authentication_method_is_refused()
    {
        var harness = new GatewayHarness();
        byte[] body = [0x00, 0x04, .. Encoding.ASCII.GetBytes("MQTT"), 0x05, 0x02, 0x00, 0x3C, 0x06, 0x15, 0x00, 0x03, (byte)'G', (byte)'S', (byte)'2', 0x00, 0x01, (byte)'a'];
        var client = harness.Accept().Connect5([0x10, (byte)body.Length, .. body]);
        Assert.Equal(MqttReasonCode.BadAuthenticationMethod, client.TakeOne().Reason);
    }

    [Fact]
    public void Outcomes_of_a_closing_log_acknowledge_nothing()
    {
        var harness = new GatewayHarness();
        harness.Telemetry.IsHolding = true;
        var car = harness.Client("car-1").Publish("telemetry/car-1", "x", 1);
        harness.Telemetry.Answer(0, AppendStatus.Unknown);
        harness.Run();
        Assert.Equal(MqttPacketType.Disconnect, car.TakeOne().Type);
        Assert.True(car.IsClosed);
    }
}
