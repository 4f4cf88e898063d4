using System.Data.Common;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Telematics.Storage;
using Telematics.Storage.Model;

namespace Telematics.Commands.Executions;

/// <summary>Reads executions for the rules, within the transaction that will change them.</summary>
internal static class ExecutionReader
{
    /// <summary>
    /// Executions that fulfil a condition over <c>e</c> (command_execution) and <c>k</c> (command), the condition and
    /// what follows it being SQL of ours.
    /// </summary>
    public static async Task<List<ExecutionRow>> ReadAsync(
        WriteSession session,
        string condition,
        IReadOnlyList<(string Name, object? Value)> parameters,
        CancellationToken cancellationToken)
    {
        await using var command = session.CreateCommand(
            $"""
            SELECT e.command_order, e.vehicle_key, e.state, e.version, e.attempt, e.is_directed, e.is_soft, k.type, k.state, k.is_broadcast, k.not_after
            FROM command_execution e JOIN command k ON k."order" = e.command_order
            WHERE {condition}
            """);
        foreach (var (name, value) in parameters)
        {
            command.AddParameter(name, value);
        }

        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var list = new List<ExecutionRow>();
        while (await rows.ReadAsync(cancellationToken))
        {
            list.Add(Read(rows));
        }

        return list;
    }

    /// <summary>A query outside the write slot: of what is then looked at again, within it.</summary>
    /// <param name="db">Over its connection.</param>
    /// <param name="sql">SQL of ours.</param>
    /// <param name="parameters">Its parameters.</param>
    /// <param name="cancellationToken">Ends the opening of the connection.</param>
    public static async Task<DbCommand> CreateSelectAsync(
        TelematicsDbContext db, string sql, IReadOnlyList<(string Name, object? Value)> parameters, CancellationToken cancellationToken)
    {
        await db.Database.OpenConnectionAsync(cancellationToken);
        var command = db.Database.GetDbConnection().CreateCommand();
#pragma warning disable CA2100 // made of constants
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var (name, value) in parameters)
        {
            command.AddParameter(name, value);
        }

        return command;
    }

    /// <summary>Whole numbers as a list for SQL's <c>IN</c>: numbers need no parameters, and there may be more than a statement takes.</summary>
    public static string List(IEnumerable<long> numbers) => string.Join(',', numbers.Select(number => number.ToString(CultureInfo.InvariantCulture)));

    private static ExecutionRow Read(DbDataReader row) => new()
    {
        CommandOrder = row.GetInt64(0),
        VehicleKey = row.GetInt64(1),
        State = (ExecutionState)row.GetInt32(2),
        Version = row.GetInt32(3),
        Attempt = row.GetInt32(4),
        IsDirected = row.GetBoolean(5),
        IsSoft = row.GetBoolean(6),
        CommandType = row.GetString(7),
        CommandState = (CommandState)row.GetInt32(8),
        IsBroadcast = row.GetBoolean(9),
        NotAfter = row.GetUtcDateTime(10),
    };
}
