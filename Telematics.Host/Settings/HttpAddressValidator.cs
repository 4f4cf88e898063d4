using System.Net;
using Microsoft.Extensions.Options;

namespace Telematics.Host.Settings;

/// <summary>The address must be one that can be listened on; a name would only fail when the listener is made.</summary>
internal sealed class HttpAddressValidator : IValidateOptions<HttpOptions>
{
    public ValidateOptionsResult Validate(string? name, HttpOptions options) => IPAddress.TryParse(options.Address, out _)
        ? ValidateOptionsResult.Success
        : ValidateOptionsResult.Fail($"{HttpOptions.SectionName}:{nameof(HttpOptions.Address)} is '{options.Address}', but must be an IP address such as 127.0.0.1.");
}
