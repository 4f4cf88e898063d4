using Npgsql;
using Telematics.Storage.Postgres;

namespace Telematics.Storage.Retention;

/// <summary>
/// A short transaction that changes how a table is divided: one at a time over all processes, and given up rather than
/// waited for when somebody is at the table, since everybody else would queue behind it.
/// </summary>
internal sealed class DivisionChange : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;

    private DivisionChange(NpgsqlConnection connection, NpgsqlTransaction transaction)
    {
        _connection = connection;
        _transaction = transaction;
    }

    /// <summary>Begins one.</summary>
    public static async Task<DivisionChange> BeginAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        var connection = await source.OpenConnectionAsync(cancellationToken);
        try
        {
            var change = new DivisionChange(connection, await connection.BeginTransactionAsync(cancellationToken));

            // Both end with the transaction.
            await change.ExecuteAsync("SET LOCAL lock_timeout = '2s'", cancellationToken);
            await change.ExecuteAsync("SELECT pg_advisory_xact_lock(@key)", cancellationToken, ("key", AdvisoryLocks.Division));
            return change;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Whether an exception says that a lock was not to be had in time.</summary>
    public static bool IsInUse(Exception exception) => exception is PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected };

    /// <summary>A command in the transaction.</summary>
    public NpgsqlCommand CreateCommand(string sql, params (string Name, object Value)[] parameters)
    {
        var command = _connection.CreateCommand();
        command.Transaction = _transaction;

        // Moving rows takes what it takes; what must not take long is the wait for locks.
        command.CommandTimeout = 0;
#pragma warning disable CA2100 // table names of this program, and times that it formats
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        return command;
    }

    public async Task<int> ExecuteAsync(string sql, CancellationToken cancellationToken, params (string Name, object Value)[] parameters)
    {
        await using var command = CreateCommand(sql, parameters);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public Task CommitAsync(CancellationToken cancellationToken) => _transaction.CommitAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
