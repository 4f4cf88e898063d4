using System.Globalization;
using System.Text;
using Telematics.Storage.Model;

namespace Telematics.Storage;

/// <summary>The counts of a command, kept by differences, and its completion when nothing is open any more.</summary>
public static class CommandCounters
{
    /// <summary>Number of execution states.</summary>
    public const int StateCount = (int)ExecutionState.Canceled + 1;

    private static readonly string[] Columns = [.. Enum.GetNames<ExecutionState>().Select(state => SnakeCase.Of($"Count{state}"))];

    /// <summary>Adds differences, one for each state.</summary>
    public static async Task AddAsync(WriteSession session, long commandOrder, long[] deltas, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(deltas);
        var set = new StringBuilder();
        for (var state = 0; state < StateCount; state++)
        {
            if (deltas[state] != 0)
            {
                set.Append(set.Length == 0 ? "" : ", ").Append(CultureInfo.InvariantCulture, $"{Columns[state]} = {Columns[state]} + ({deltas[state]})");
            }
        }

        if (set.Length == 0)
        {
            return;
        }

        await using var update = session.CreateCommand($"""UPDATE command SET {set} WHERE "order" = @order""");
        update.AddParameter("@order", commandOrder);
        await update.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Ends those commands of which every execution has ended.</summary>
    /// <param name="session">The transaction that changed the executions.</param>
    /// <param name="commandOrders">The commands to look at, at least one.</param>
    /// <param name="actor">Who ended the last execution.</param>
    /// <param name="now">The clock, UTC.</param>
    /// <param name="cancellationToken">Ends the write; the caller rolls back.</param>
    public static async Task CompleteAsync(WriteSession session, IEnumerable<long> commandOrders, string actor, DateTime now, CancellationToken cancellationToken)
    {
        var ended = new List<(long Order, CommandState State)>();
        await using (var update = session.CreateCommand(
            $"""
            UPDATE command SET state = CASE WHEN state = 0 THEN 1 ELSE 3 END, completed_at = @now
            WHERE state IN (0, 2) AND released_at IS NOT NULL AND {string.Join(" + ", Columns.Take((int)ExecutionState.Succeeded))} = 0
                AND "order" IN ({string.Join(',', commandOrders.Select(order => order.ToString(CultureInfo.InvariantCulture)))})
            RETURNING "order", state
            """))
        {
            update.AddParameter("@now", now);
            await using var rows = await update.ExecuteReaderAsync(cancellationToken);
            while (await rows.ReadAsync(cancellationToken))
            {
                ended.Add((rows.GetInt64(0), (CommandState)rows.GetInt32(1)));
            }
        }

        foreach (var (order, state) in ended)
        {
            await AddEventAsync(session, order, actor, state == CommandState.Completed ? "completed" : "canceled", now, cancellationToken);
        }
    }

    /// <summary>Writes an event of a command as a whole.</summary>
    public static async Task AddEventAsync(WriteSession session, long commandOrder, string actor, string reason, DateTime now, CancellationToken cancellationToken)
    {
        await using var insert = session.CreateCommand("INSERT INTO command_event (command_order, actor, reason, attempt, at) VALUES (@order, @actor, @reason, 0, @at)");
        insert.AddParameter("@order", commandOrder);
        insert.AddParameter("@actor", actor);
        insert.AddParameter("@reason", reason);
        insert.AddParameter("@at", now);
        await insert.ExecuteNonQueryAsync(cancellationToken);
    }
}
