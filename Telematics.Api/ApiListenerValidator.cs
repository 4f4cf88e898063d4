using System.Globalization;
using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Telematics.Api;

/// <summary>
/// Beyond the loopback address HTTP needs authentication, and TLS or an explicit word that plain text is wanted. Looks at
/// the settings from which the listeners are made: <c>Telematics:Http:Address</c> (plain text) and Kestrel's endpoints.
/// </summary>
internal sealed class ApiListenerValidator(IConfiguration configuration) : IValidateOptions<ApiOptions>
{
    private const string AddressKey = "Telematics:Http:Address";
    private const string AllowPlainTextKey = "Telematics:AllowPlainText";

    public ValidateOptionsResult Validate(string? name, ApiOptions options)
    {
        var allowsPlainText = bool.TryParse(configuration[AllowPlainTextKey], out var allowed) && allowed;
        var failures = new List<string>();
        foreach (var (setting, value, isLoopback, isTls) in Listeners())
        {
            if (isLoopback)
            {
                continue;
            }

            if (options.Authentication == ApiAuthentication.None)
            {
                failures.Add($"{setting} is '{value}', which is not a loopback address: set Telematics:Api:Authentication=ApiKey, or listen on 127.0.0.1.");
            }

            if (!isTls && !allowsPlainText)
            {
                failures.Add($"{setting} is '{value}', which is plain text beyond the loopback address: use an https endpoint of Kestrel, or set {AllowPlainTextKey}=true.");
            }
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private IEnumerable<(string Setting, string Value, bool IsLoopback, bool IsTls)> Listeners()
    {
        if (configuration[AddressKey] is { Length: > 0 } address)
        {
            yield return (AddressKey, address, IsLoopbackHost(address), IsTls: false);
        }

        foreach (var endpoint in configuration.GetSection("Kestrel:Endpoints").GetChildren())
        {
            if (endpoint["Url"] is { Length: > 0 } url)
            {
                yield return (string.Create(CultureInfo.InvariantCulture, $"{endpoint.Path}:Url"), url, IsLoopbackHost(HostOf(url)), url.StartsWith("https://", StringComparison.OrdinalIgnoreCase));
            }
        }
    }

    // Kestrel's addresses are no URIs: the host may be * or +.
    private static string HostOf(string url)
    {
        var rest = url[(url.IndexOf("://", StringComparison.Ordinal) is var scheme and >= 0 ? scheme + 3 : 0)..];
        var end = rest.StartsWith('[') ? rest.IndexOf(']') + 1 : rest.IndexOfAny([':', '/']);
        return end > 0 ? rest[..end] : rest;
    }

    private static bool IsLoopbackHost(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || host.StartsWith("unix:", StringComparison.OrdinalIgnoreCase)
        || IPAddress.TryParse(host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip);
}
