using System.Data.Common;
using Telematics.Storage;
using Telematics.Storage.Model;

namespace Telematics.Commands.Executions;

/// <summary>
/// The compare-and-set of executions in one transaction: many that change alike by one statement, single ones by a
/// statement that is prepared once.
/// </summary>
internal sealed class ExecutionUpdate(WriteSession session, DateTime now) : IAsyncDisposable
{
    // "+state": the index of states and deadlines would be the wrong way to these rows.
    private const string Set =
        """
        UPDATE command_execution SET
            state = @to, version = version + 1, deadline = @deadline, is_soft = @soft, is_late = @late, is_directed = @directed,
            instance = CASE WHEN @queued THEN NULL ELSE instance END, code = @code,
            progress = COALESCE(@progress, progress), message = COALESCE(@message, message), result = COALESCE(@result, result), updated_at = @now
        WHERE command_order = @order AND +state = @from AND version = @version AND vehicle_key
        """;

    private DbCommand? _single;

    /// <summary>Updates executions of one command that change alike.</summary>
    /// <returns>The vehicles whose execution was still as it was read.</returns>
    public async Task<IReadOnlySet<long>> ExecuteAsync(ExecutionChange[] changes, CancellationToken cancellationToken)
    {
        var done = new HashSet<long>(changes.Length);
        if (changes.Length == 1)
        {
            _single ??= Prepare($"{Set} = @vehicle", changes[0]);
            Bind(_single, changes[0]);
            if (await _single.ExecuteNonQueryAsync(cancellationToken) == 1)
            {
                done.Add(changes[0].Row.VehicleKey);
            }

            return done;
        }

        await using var update = Prepare($"{Set} IN ({ExecutionReader.List(changes.Select(change => change.Row.VehicleKey))}) RETURNING vehicle_key", changes[0]);
        await using var rows = await update.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            done.Add(rows.GetInt64(0));
        }

        return done;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_single is not null)
        {
            await _single.DisposeAsync();
        }
    }

    private DbCommand Prepare(string sql, ExecutionChange change)
    {
        var command = session.CreateCommand(sql);
        foreach (var (name, value) in Values(change))
        {
            command.AddParameter(name, value);
        }

        return command;
    }

    private void Bind(DbCommand command, ExecutionChange change)
    {
        var index = 0;
        foreach (var (_, value) in Values(change))
        {
            command.Parameters[index++].SetValue(value);
        }
    }

    private IEnumerable<(string Name, object? Value)> Values(ExecutionChange change)
    {
        var isQueued = change.To == ExecutionState.Queued;
        yield return ("@to", change.To);
        yield return ("@deadline", change.Deadline);
        yield return ("@soft", change.Arrow.IsSoft);
        yield return ("@late", change.Arrow.IsLate);
        yield return ("@directed", change.Row.IsDirected || isQueued);
        yield return ("@queued", isQueued);
        yield return ("@code", change.Code);
        yield return ("@progress", change.Words?.Progress);
        yield return ("@message", change.Words?.Message);
        yield return ("@result", change.Words?.Result);
        yield return ("@now", now);
        yield return ("@order", change.Row.CommandOrder);
        yield return ("@from", change.From);
        yield return ("@version", change.Row.Version);
        yield return ("@vehicle", change.Row.VehicleKey);
    }
}
