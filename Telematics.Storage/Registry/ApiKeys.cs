using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Telematics.Storage.Model;

namespace Telematics.Storage.Registry;

/// <summary>The keys of API callers.</summary>
public sealed class ApiKeys(ITelematicsDatabase database, TimeProvider clock, ILogger<ApiKeys> logger)
{
    /// <summary>Makes a key.</summary>
    /// <param name="name">Unique, 1 to 100 characters.</param>
    /// <param name="role">What it may do.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The key, shown this once (43 characters, base64url); null when the name is taken, also by a revoked key.</returns>
    public async Task<string?> CreateAsync(string name, ApiRole role, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        await using var session = await database.BeginWriteAsync(cancellationToken);

        // Of two that want the name at once the second finds it taken.
        await session.LockRegistryAsync(RegistryAccess.Change, cancellationToken);
        if (await session.Db.ApiKeys.AnyAsync(key => key.Name == name, cancellationToken))
        {
            return null;
        }

        var secret = Secrets.Create();
        session.Db.ApiKeys.Add(new ApiKey { Name = name, Role = role, KeyHash = Secrets.Hash(secret), CreatedAt = clock.GetUtcNow().UtcDateTime });
        await session.Db.SaveChangesAsync(cancellationToken);
        await session.CommitAsync(cancellationToken);
        logger.ApiKeyCreated(name, role);
        return secret;
    }

    /// <summary>All keys by name, revoked ones too.</summary>
    public async Task<IReadOnlyList<ApiKey>> ListAsync(CancellationToken cancellationToken)
    {
        await using var db = database.CreateReader();
        return await db.ApiKeys.OrderBy(key => key.Name).ToListAsync(cancellationToken);
    }

    /// <summary>Revokes a key for good.</summary>
    /// <returns>False when there is no such key that is not revoked.</returns>
    public async Task<bool> RevokeAsync(string name, CancellationToken cancellationToken)
    {
        await using var session = await database.BeginWriteAsync(cancellationToken);
        var now = clock.GetUtcNow().UtcDateTime;
        var count = await session.Db.ApiKeys
            .Where(key => key.Name == name && key.RevokedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(key => key.RevokedAt, now), cancellationToken);
        await session.CommitAsync(cancellationToken);
        if (count > 0)
        {
            logger.ApiKeyRevoked(name);
        }

        return count > 0;
    }

    /// <summary>Whose key it is; null when there is none like it, or it was revoked.</summary>
    public async Task<ApiKey?> AuthenticateAsync(string secret, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(secret);
        var hash = Secrets.Hash(secret);
        await using var db = database.CreateReader();
        var key = await db.ApiKeys.SingleOrDefaultAsync(k => k.KeyHash == hash && k.RevokedAt == null, cancellationToken);
        // The index found it by a hash that nobody can steer; the comparison in constant time is for the rule's sake.
        return key is not null && CryptographicOperations.FixedTimeEquals(key.KeyHash, hash) ? key : null;
    }
}
