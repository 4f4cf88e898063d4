using System.Security.Claims;
using Telematics.Storage.Model;

namespace Telematics.Api.Authentication;

/// <summary>Who calls: the name of the key, which is the actor of every change.</summary>
internal static class ApiCaller
{
    /// <summary>The actor when there is no authentication.</summary>
    public const string Anonymous = "anonymous";

    private const string HashClaim = "telematics.keyHash";

    /// <summary>A caller of a role; each role includes the ones below it.</summary>
    public static ClaimsPrincipal Create(string name, ApiRole role, string scheme, ReadOnlySpan<byte> keyHash)
    {
        var identity = new ClaimsIdentity(scheme, ClaimTypes.Name, ClaimTypes.Role);
        identity.AddClaim(new Claim(ClaimTypes.Name, name));
        for (var included = ApiRole.Viewer; included <= role; included++)
        {
            identity.AddClaim(new Claim(ClaimTypes.Role, included.ToString()));
        }

        if (!keyHash.IsEmpty)
        {
            identity.AddClaim(new Claim(HashClaim, Convert.ToHexString(keyHash)));
        }

        return new ClaimsPrincipal(identity);
    }

    /// <summary>Name of the caller's key, or <see cref="Anonymous"/>.</summary>
    public static string NameOf(ClaimsPrincipal caller) => caller.Identity?.Name ?? Anonymous;

    /// <summary>Hash of the key that the caller came with; null without authentication.</summary>
    public static byte[]? KeyHashOf(ClaimsPrincipal caller) =>
        caller.FindFirst(HashClaim) is { } claim ? Convert.FromHexString(claim.Value) : null;
}
