using System.Collections.Frozen;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Telematics.Storage;
using Telematics.Storage.Model;

namespace Telematics.Api.Authentication;

/// <summary>
/// The valid API keys, in memory and never older than <see cref="MaxAge"/>. The whole (small) table is read at most that
/// often, so a flood of wrong keys costs the database nothing, and a revoked key is out within a second.
/// </summary>
internal sealed class ApiKeyRing(ITelematicsDatabase database, TimeProvider clock) : IDisposable
{
    /// <summary>Age at which the table is read again.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromMilliseconds(500);

    private readonly SemaphoreSlim _reading = new(1, 1);
    private volatile Snapshot? _snapshot;

    /// <summary>The key with this SHA-256; null when there is none or it was revoked.</summary>
    public async ValueTask<ApiKey?> FindAsync(byte[] keyHash, CancellationToken cancellationToken)
    {
        var snapshot = _snapshot;
        if (snapshot is null || !IsFresh(snapshot))
        {
            snapshot = await ReadAsync(cancellationToken);
        }

        return snapshot.Keys.TryGetValue(Convert.ToHexString(keyHash), out var key) && CryptographicOperations.FixedTimeEquals(key.KeyHash, keyHash) ? key : null;
    }

    public void Dispose() => _reading.Dispose();

    private bool IsFresh(Snapshot snapshot) => clock.GetElapsedTime(snapshot.ReadAt) < MaxAge;

    private async Task<Snapshot> ReadAsync(CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken);
        try
        {
            if (_snapshot is { } other && IsFresh(other))
            {
                return other;
            }

            var readAt = clock.GetTimestamp();
            await using var db = database.CreateReader();
            var keys = await db.ApiKeys.AsNoTracking().Where(key => key.RevokedAt == null).ToListAsync(cancellationToken);
            var snapshot = new Snapshot(readAt, keys.ToFrozenDictionary(key => Convert.ToHexString(key.KeyHash), StringComparer.Ordinal));
            _snapshot = snapshot;
            return snapshot;
        }
        finally
        {
            _reading.Release();
        }
    }

    private sealed record Snapshot(long ReadAt, FrozenDictionary<string, ApiKey> Keys);
}
