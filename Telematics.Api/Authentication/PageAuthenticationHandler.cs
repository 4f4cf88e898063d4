using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Telematics.Api.Authentication;

/// <summary>
/// The same keys for pages of operators: a browser cannot be told to send a Bearer key, but asks for name and password
/// (<c>Authorization: Basic</c>, RFC 7617). The password is the API key, the name is free.
/// </summary>
internal sealed class PageAuthenticationHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> schemeOptions,
    ILoggerFactory loggers,
    UrlEncoder encoder,
    ApiKeyRing keys,
    IOptions<ApiOptions> options) : ApiAuthenticationHandler(schemeOptions, loggers, encoder, keys, options)
{
    public new const string SchemeName = "ApiKeyPage";

    private const string Prefix = "Basic ";

    // Name, colon and key, in Base64.
    private const int MaxLength = 1_000;

    /// <inheritdoc/>
    protected override string Advice => "Log in with any name and an API key as password, or send the key as Authorization: Bearer.";

    /// <inheritdoc/>
    protected override string ChallengeOf(bool isWrong) => "Basic realm=\"telematics\", charset=\"UTF-8\"";

    /// <inheritdoc/>
    protected override string? ReadKey(string header)
    {
        if (!header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        {
            return base.ReadKey(header);
        }

        var encoded = header.AsSpan(Prefix.Length).Trim();
        Span<byte> decoded = stackalloc byte[MaxLength];
        if (encoded.Length > MaxLength || !Convert.TryFromBase64Chars(encoded, decoded, out var length))
        {
            return null;
        }

        var text = decoded[..length];
        var colon = text.IndexOf((byte)':');
        return colon < 0 ? null : Encoding.UTF8.GetString(text[(colon + 1)..]);
    }
}
