using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Telematics.Gateway;
using Xunit;

namespace Telematics.Tests.Gateway;

public sealed class OptionsTests
{
    [Fact]
    public void The_defaults_are_valid_and_loopback() => Assert.Equal("127.0.0.1", Read([]).Address);

    [Theory]
    [InlineData("AllowPlainText", "Telematics:Gateway:Address=0.0.0.0", "Telematics:Gateway:Authentication=Credential")]
    [InlineData("Authentication=Credential", "Telematics:Gateway:Address=*", "Telematics:AllowPlainText=true")]
    [InlineData("is not an IP address", "Telematics:Gateway:Address=somewhere")]
    [InlineData("must be Uplink", "Telematics:Gateway:Topics:telemetry=Exchange")]
    [InlineData("system's own", "Telematics:Gateway:Topics:vehicle-event=Uplink")]
    [InlineData("is not 1 to 127", "Telematics:Gateway:Topics:a b=Uplink")]
    [InlineData("does not exist", "Telematics:Gateway:Tls:Certificate:Path=/nowhere/x.pem")]
    [InlineData("AllowPlainText", "Telematics:Gateway:Address=0.0.0.0", "Telematics:Gateway:Authentication=Credential", "Telematics:Gateway:Port=-1", "Telematics:Gateway:WebSocket:Port=8083")]
    [InlineData("AuthoritiesPath '' does not exist", "Telematics:Gateway:Tls:ClientCertificate:Mode=Required", "Telematics:Gateway:Authentication=Credential")]
    [InlineData("needs Telematics:Gateway:Authentication=Credential", "Telematics:Gateway:Tls:ClientCertificate:Mode=Allowed")]
    [InlineData("WebSocket:Port 70000 is not in", "Telematics:Gateway:WebSocket:Port=70000")]
    [InlineData("'mqtt' is no path", "Telematics:Gateway:WebSocket:Path=mqtt")]
    [InlineData("needs a certificate", "Telematics:Gateway:WebSocket:TlsPort=8084")]
    [InlineData("needs Telematics:Gateway:ProxyProtocolFrom", "Telematics:Gateway:ProxyProtocol=Required")]
    [InlineData("not served by Telematics:Gateway:Transport=Epoll", "Telematics:Gateway:ProxyProtocol=Required", "Telematics:Gateway:ProxyProtocolFrom=10.0.0.0/8", "Telematics:Gateway:Transport=Epoll")]
    [InlineData("'nobody' is no address", "Telematics:Gateway:ProxyProtocol=Required", "Telematics:Gateway:ProxyProtocolFrom=10.0.0.0/8,nobody")]
    [InlineData("DrainSeconds", "Telematics:Gateway:DrainSeconds=0")]
    [InlineData("MaxBufferedBytes", "Telematics:Gateway:MaxBufferedBytes=-1")]
    [InlineData("MaxPacketSize", "Telematics:Gateway:MaxPacketSize=5")]
    public void A_wrong_setting_is_named(string text, params string[] settings)
    {
        var exception = Assert.Throws<OptionsValidationException>(() => Read(settings));
        Assert.Contains(text, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Telematics:Gateway:Address=0.0.0.0", "Telematics:Gateway:Authentication=Credential", "Telematics:AllowPlainText=true")]
    [InlineData("Telematics:Gateway:Address=0.0.0.0", "Telematics:Gateway:Authentication=Credential", "Telematics:Gateway:Port=-1")]
    [InlineData("Telematics:Gateway:Address=::1")]
    public void A_safe_setting_is_taken(params string[] settings) => Assert.NotNull(Read(settings));

    [Fact]
    public void Declared_topics_add_to_the_defaults()
    {
        var options = Read(["Telematics:Gateway:Topics:chat=Exchange"]);
        Assert.Equal(["chat", "command", "command-result", "telemetry"], options.Topics.Keys.Order());
    }

    private static GatewayOptions Read(string[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => setting.Split('=', 2)).ToDictionary(parts => parts[0], parts => (string?)parts[1]))
            .Build();
        using var services = new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddLogging().AddTelematicsGateway().BuildServiceProvider();
        return services.GetRequiredService<IOptions<GatewayOptions>>().Value;
    }
}
