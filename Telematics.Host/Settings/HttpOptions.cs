using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Telematics.Host.Settings;

/// <summary>The HTTP listener: API, health and metrics.</summary>
internal sealed class HttpOptions
{
    public const string SectionName = "Telematics:Http";

    private const int DefaultPort = 8080;

    /// <summary>Port of health and metrics, in the api role also of the API; 8080 by default, 0 takes a free one.</summary>
    [Range(0, 65_535, ErrorMessage = "Telematics:Http:Port must be 0 to 65535.")]
    public int? Port { get; set; }

    /// <summary>The port in effect.</summary>
    internal int EffectivePort => Port ?? DefaultPort;

    /// <summary>Address to listen on; anything but the loopback address needs authentication.</summary>
    [Required(ErrorMessage = "Telematics:Http:Address is empty; it must be an IP address.")]
    public string Address { get; set; } = "127.0.0.1";
}

[OptionsValidator]
internal sealed partial class HttpOptionsValidator : IValidateOptions<HttpOptions>;
