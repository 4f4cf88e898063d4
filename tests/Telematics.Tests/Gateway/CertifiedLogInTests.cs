using Telematics.Contracts.Commands;
using Telematics.Contracts.Credentials;
using Telematics.Contracts.Presence;
using Telematics.Gateway;
using Telematics.Gateway.Sessions;
using Telematics.Mqtt;
using Xunit;

namespace Telematics.Tests.Gateway;

/// <summary>Log-in by the certificate of a TLS connection.</summary>
public sealed class CertifiedLogInTests
{
    private readonly ScriptedVerifier _verifier = new() { Immediate = CredentialVerdict.Accepted };
    private readonly GatewayHarness _harness;

    public CertifiedLogInTests() => _harness = new GatewayHarness(configure: static options => options.Authentication = GatewayAuthentication.Credential, verifier: _verifier);

    [Theory]
    [InlineData(null, null)]
    [InlineData("car-1", null)]
    [InlineData("car-1", "whatever")]
    public void A_certificate_stands_for_the_secret(string? userName, string? password)
    {
        var car = _harness.Accept(certified: "car-1").Connect("car-1", userName: userName, password: password);
        Assert.Equal(MqttReasonCode.Success, car.TakeOne().Reason);
        Assert.True(Assert.Single(_verifier.Asked).IsCertified); // the registry was asked, and for no secret
        car.Publish("telemetry/car-2", "x", 1);
        Assert.Equal(MqttReasonCode.NotAuthorized, car.TakeOne().Reason);
    }

    [Theory]
    [InlineData("car-2", null, MqttProtocolVersion.V500, MqttReasonCode.ClientIdentifierNotValid)]
    [InlineData("car-2", "car-1", MqttProtocolVersion.V500, MqttReasonCode.ClientIdentifierNotValid)]
    [InlineData("car-1", "car-2", MqttProtocolVersion.V500, MqttReasonCode.NotAuthorized)]
    [InlineData("car-2", null, MqttProtocolVersion.V311, MqttReasonCode.ClientIdentifierNotValid)]
    [InlineData("car-1", "car-2", MqttProtocolVersion.V311, MqttReasonCode.NotAuthorized)]
    public void Another_name_than_the_certificates_is_refused_counted_and_logged_once(string clientId, string? userName, MqttProtocolVersion version, MqttReasonCode expected)
    {
        for (var i = 0; i < 3; i++)
        {
            var car = _harness.Accept(certified: "car-1").Connect(clientId, version, userName: userName, password: userName is null ? null : "x");
            Assert.Equal(expected, car.TakeOne().Reason);
            Assert.True(car.IsClosed);
        }

        Assert.Empty(_verifier.Asked);
        Assert.Equal(3, _harness.Loop.Counters.Ends(EndReason.CertificateMismatch));
        Assert.Contains("'car-1'", Assert.Single(_harness.Lines.All), StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_without_a_vehicle_id_is_refused()
    {
        Assert.Equal(MqttReasonCode.NotAuthorized, _harness.Accept(certified: "").Connect("car-1").TakeOne().Reason);
    }

    [Fact]
    public void The_certificate_of_a_connection_is_not_its_successors()
    {
        var gone = _harness.Accept(certified: "car-1");
        gone.Drop();
        var next = _harness.Accept();
        Assert.Equal(gone.Slot, next.Slot);
        Assert.Equal(MqttReasonCode.BadUserNameOrPassword, next.Connect("car-1").TakeOne().Reason);
    }

    [Fact]
    public void A_vehicle_that_is_revoked_is_refused_and_put_out()
    {
        var car = _harness.Accept(certified: "car-1").Connect("car-1");
        car.Take();
        _harness.Order(GatewayOrderKind.CloseChannel, Guid.NewGuid(), "car-1", tag: "ALL");
        Assert.Equal(MqttReasonCode.AdministrativeAction, car.TakeOne().Reason);
        Assert.True(car.IsClosed);
        Assert.Equal(["car-1"], _verifier.Forgotten);

        var refusing = new GatewayHarness(
            configure: static options => options.Authentication = GatewayAuthentication.Credential,
            verifier: new ScriptedVerifier { Immediate = CredentialVerdict.Refused });
        Assert.Equal(MqttReasonCode.BadUserNameOrPassword, refusing.Accept(certified: "car-1").Connect("car-1").TakeOne().Reason);
        Assert.DoesNotContain(refusing.Events, e => e.EventType == VehicleEventType.Connect);
    }
}
