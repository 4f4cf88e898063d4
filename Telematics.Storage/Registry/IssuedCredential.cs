namespace Telematics.Storage.Registry;

/// <summary>A car's new secret: shown this once, stored only as its hash.</summary>
/// <param name="Secret">256 random bits in base64url, 43 characters: the MQTT password.</param>
/// <param name="CreatedAt">When it was issued (UTC).</param>
/// <param name="HasReplaced">Whether it replaced another one; connections that logged in with that are closed.</param>
public sealed record IssuedCredential(string Secret, DateTime CreatedAt, bool HasReplaced);
