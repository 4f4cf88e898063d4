using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Telematics.Api.Problems;
using Telematics.Storage.Model;

namespace Telematics.Api.Authentication;

/// <summary>Knows callers by their key (<c>Authorization: Bearer</c>, RFC 6750), or takes everybody on this machine as administrator.</summary>
internal class ApiAuthenticationHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> schemeOptions,
    ILoggerFactory loggers,
    UrlEncoder encoder,
    ApiKeyRing keys,
    IOptions<ApiOptions> options) : AuthenticationHandler<AuthenticationSchemeOptions>(schemeOptions, loggers, encoder)
{
    public const string SchemeName = "ApiKey";

    private const string Prefix = "Bearer ";

    // Longer than any key we issue; bounds the hashing.
    private const int MaxKeyLength = 200;

    private bool _isForeign;

    /// <summary>What a caller without a key is told.</summary>
    protected virtual string Advice => "Send an API key as Authorization: Bearer.";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (options.Value.Authentication == ApiAuthentication.None)
        {
            _isForeign = !IsFromThisMachine(Context);
            return _isForeign
                ? AuthenticateResult.NoResult()
                : Accept(ApiCaller.Anonymous, ApiRole.Administrator, []);
        }

        var header = Request.Headers.Authorization;
        if (header.Count == 0)
        {
            return AuthenticateResult.NoResult();
        }

        if (header.Count > 1 || header[0] is not { } value || ReadKey(value) is not { Length: > 0 and <= MaxKeyLength } text)
        {
            return AuthenticateResult.Fail("Not one key.");
        }

        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(text));
        return await keys.FindAsync(hash, Context.RequestAborted) is { } key
            ? Accept(key.Name, key.Role, hash)
            : AuthenticateResult.Fail("Unknown or revoked key.");
    }

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        var result = await HandleAuthenticateOnceSafeAsync();
        if (_isForeign)
        {
            await ForeignOrigin().ExecuteAsync(Context);
            return;
        }

        Response.Headers.WWWAuthenticate = ChallengeOf(isWrong: result.Failure is not null);
        var detail = result.Failure is null ? Advice : "The API key is unknown or revoked.";
        await new ProblemResult(ProblemTypes.Unauthenticated, detail).ExecuteAsync(Context);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        new ProblemResult(ProblemTypes.Forbidden, $"The key {ApiCaller.NameOf(Context.User)} may not {Request.Method} here.").ExecuteAsync(Context);

    /// <summary>The key in an <c>Authorization</c> header; null when there is none.</summary>
    protected virtual string? ReadKey(string header) =>
        header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? header[Prefix.Length..].Trim() : null;

    /// <summary>The <c>WWW-Authenticate</c> of a refusal.</summary>
    protected virtual string ChallengeOf(bool isWrong) => isWrong ? "Bearer realm=\"telematics\", error=\"invalid_token\"" : "Bearer realm=\"telematics\"";

    private static ProblemResult ForeignOrigin() => new(
        ProblemTypes.ForeignOrigin, "No authentication is configured, so only programs on this machine that call it by a loopback name are served; set Telematics:Api:Authentication=ApiKey.");

    private AuthenticateResult Accept(string name, ApiRole role, byte[] keyHash) =>
        AuthenticateResult.Success(new AuthenticationTicket(ApiCaller.Create(name, role, Scheme.Name, keyHash), Scheme.Name));

    // The listener alone does not keep strangers out: a web page in this machine's browser reaches it too, through its own
    // requests (they carry another Origin) or through a DNS name of its own that points to 127.0.0.1 (another Host).
    private static bool IsFromThisMachine(HttpContext context)
    {
        var request = context.Request;
        if (context.Connection.LocalIpAddress is { } local && !IPAddress.IsLoopback(local))
        {
            return false;
        }

        if (!IsLoopbackName(request.Host.Host))
        {
            return false;
        }

        foreach (var origin in request.Headers.Origin)
        {
            if (!Uri.TryCreate(origin, UriKind.Absolute, out var uri)
                || !Uri.TryCreate($"{request.Scheme}://{request.Host.Value}", UriKind.Absolute, out var own)
                || !uri.Authority.Equals(own.Authority, StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsLoopbackName(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address);
}
