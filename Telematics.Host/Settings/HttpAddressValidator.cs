using System.Net;
using Microsoft.Extensions.Options;

namespace Telematics.Host.Settings;

/// <summary>
/// The address must be one that can be listened on; a name would only fail when the listener is made. Without the api role
/// it shows health and metrics only, but in plain text too (with it, the Api looks after that).
/// </summary>
internal sealed class HttpAddressValidator(IConfiguration configuration) : IValidateOptions<HttpOptions>
{
    private const string Key = $"{HttpOptions.SectionName}:{nameof(HttpOptions.Address)}";
    private const string AllowPlainText = $"{TelematicsOptions.SectionName}:{nameof(TelematicsOptions.AllowPlainText)}";

    public ValidateOptionsResult Validate(string? name, HttpOptions options)
    {
        if (!IPAddress.TryParse(options.Address, out var address))
        {
            return ValidateOptionsResult.Fail($"{Key} is '{options.Address}', but must be an IP address such as 127.0.0.1.");
        }

        var allowsPlainText = bool.TryParse(configuration[AllowPlainText], out var allowed) && allowed;
        return IPAddress.IsLoopback(address) || allowsPlainText || ProcessParts.Read(configuration).Has(Role.Api)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"{Key} is '{options.Address}', which shows health and metrics in plain text beyond the loopback address: set {AllowPlainText}=true, or listen on 127.0.0.1.");
    }
}
