using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Telematics.Storage.Maintenance;

namespace Telematics.Storage.Postgres;

/// <summary>
/// A session's advisory lock for each task. Hangfire's own locks are rows that count as abandoned after some minutes, and
/// a task may take longer; this one lives as long as its connection, and dies with the process.
/// </summary>
internal sealed class PostgresMaintenanceLock(PostgresDatabase database, TimeProvider clock) : IMaintenanceLock
{
    /// <inheritdoc/>
    public async ValueTask<MaintenanceLease?> TryTakeAsync(string taskName, CancellationToken cancellationToken)
    {
        var connection = database.CreateOwnConnection(taskName);
        try
        {
            await connection.OpenAsync(cancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = "SELECT pg_try_advisory_lock(@key)";
            command.Parameters.AddWithValue("key", KeyOf(taskName));
            if ((bool)(await command.ExecuteScalarAsync(cancellationToken))!)
            {
                return new Lease(connection, clock);
            }
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }

        await connection.DisposeAsync();
        return null;
    }

    /// <summary>The same in every version of the program, or two versions would run side by side.</summary>
    internal static long KeyOf(string taskName) => BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes("telematics maintenance " + taskName)));

    private sealed class Lease : MaintenanceLease
    {
        private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(10);

        private readonly NpgsqlConnection _connection;
        private readonly CancellationTokenSource _ended = new();
        private readonly CancellationTokenSource _lost = new();
        private readonly Task _watch;

        public Lease(NpgsqlConnection connection, TimeProvider clock)
        {
            _connection = connection;
            _watch = WatchAsync(clock);
        }

        /// <inheritdoc/>
        public override CancellationToken Lost => _lost.Token;

        /// <inheritdoc/>
        public override async ValueTask DisposeAsync()
        {
            await _ended.CancelAsync();
            await _watch;
            await _connection.DisposeAsync();
            _ended.Dispose();
            _lost.Dispose();
        }

        /// <summary>A connection that broke is noticed only by using it.</summary>
        private async Task WatchAsync(TimeProvider clock)
        {
            try
            {
                while (true)
                {
                    await Task.Delay(CheckInterval, clock, _ended.Token);
                    await using var command = _connection.CreateCommand();
                    command.CommandText = "SELECT 1";
                    await command.ExecuteNonQueryAsync(_ended.Token);
                }
            }
            catch (OperationCanceledException) when (_ended.IsCancellationRequested)
            {
                // The run is over.
            }
            catch (Exception exception) when (PostgresErrors.IsUnavailable(exception))
            {
                // The run ends by this and says so.
                await _lost.CancelAsync();
            }
        }
    }
}
