using Microsoft.Extensions.Configuration;
using Telematics.Api;
using Xunit;

namespace Telematics.Tests.Api;

public sealed class ApiListenerValidatorTests
{
    [Theory]
    [InlineData("")]
    [InlineData("Telematics:Http:Address=127.0.0.1")]
    [InlineData("Telematics:Http:Address=::1")]
    [InlineData("Telematics:Http:Address=localhost")]
    [InlineData("Kestrel:Endpoints:A:Url=http://localhost:8080")]
    [InlineData("Kestrel:Endpoints:A:Url=http://[::1]:8080")]
    [InlineData("Telematics:Http:Address=0.0.0.0;Telematics:AllowPlainText=true;Telematics:Api:Authentication=ApiKey")]
    [InlineData("Kestrel:Endpoints:A:Url=https://*:8443;Telematics:Api:Authentication=ApiKey")]
    public void These_listeners_are_accepted(string settings) => Assert.Empty(Validate(settings));

    [Theory]
    [InlineData("Telematics:Http:Address=0.0.0.0", 2)]
    [InlineData("Telematics:Http:Address=::", 2)]
    [InlineData("Telematics:Http:Address=10.0.0.1;Telematics:AllowPlainText=true", 1)]
    [InlineData("Telematics:Http:Address=10.0.0.1;Telematics:Api:Authentication=ApiKey", 1)]
    [InlineData("Kestrel:Endpoints:A:Url=http://*:8080", 2)]
    [InlineData("Kestrel:Endpoints:A:Url=http://+:8080", 2)]
    [InlineData("Kestrel:Endpoints:A:Url=https://fleet.example:8443", 1)]
    [InlineData("Kestrel:Endpoints:A:Url=http://localhost.evil.example:8080", 2)]
    [InlineData("Kestrel:Endpoints:A:Url=http://[2001:db8::1]:8080;Telematics:Api:Authentication=ApiKey", 1)]
    public void These_are_refused_with_the_setting_and_what_to_do(string settings, int count)
    {
        var failures = Validate(settings);
        Assert.Equal(count, failures.Count);
        Assert.All(failures, failure => Assert.Matches("^(Telematics:Http:Address|Kestrel:Endpoints:A:Url) is '.+', which is .+: .*set |: use ", failure));
    }

    private static IReadOnlyList<string> Validate(string settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(setting => setting.Split('=')).ToDictionary(parts => parts[0], parts => (string?)parts[1]))
            .Build();
        var options = configuration.GetSection(ApiOptions.SectionName).Get<ApiOptions>() ?? new ApiOptions();
        return [.. new ApiListenerValidator(configuration).Validate(null, options).Failures ?? []];
    }
}
