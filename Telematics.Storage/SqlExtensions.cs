using System.Data.Common;
using Microsoft.Data.Sqlite;
using Telematics.Contracts;
using Telematics.Storage.Postgres;

namespace Telematics.Storage;

/// <summary>Parameters and results of SQL that bypasses EF Core, the same on every database.</summary>
public static class SqlExtensions
{
    /// <summary>A command in the session's transaction.</summary>
    public static DbCommand CreateCommand(this WriteSession session, string sql)
    {
        ArgumentNullException.ThrowIfNull(session);
        var connection = session.Transaction.Connection
            ?? throw new InvalidOperationException("The transaction has ended.");
        var command = connection.CreateCommand();
        command.Transaction = session.Transaction;
#pragma warning disable CA2100 // every caller passes a constant of its own; values travel as parameters
        command.CommandText = sql;
#pragma warning restore CA2100
        return command;
    }

    /// <summary>Adds a parameter <c>@name</c>. UTC times become what the database stores, enumerations their number, null NULL.</summary>
    /// <returns>The parameter, to be set again with <see cref="SetValue"/>.</returns>
    public static DbParameter AddParameter(this DbCommand command, string name, object? value)
    {
        ArgumentNullException.ThrowIfNull(command);
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.SetValue(value);
        command.Parameters.Add(parameter);
        return parameter;
    }

    /// <summary>Sets a parameter's value by the rules of <see cref="AddParameter"/>.</summary>
    public static void SetValue(this DbParameter parameter, object? value)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        parameter.Value = value switch
        {
            null => DBNull.Value,
            Enum number => Convert.ToInt32(number, System.Globalization.CultureInfo.InvariantCulture),
            DateTime utc when parameter is SqliteParameter => UnixTime.ToMicroseconds(utc),
            string text when parameter is not SqliteParameter => PostgresText.Clean(text),
            _ => value,
        };
    }

    /// <summary>A UTC time from a column of times.</summary>
    public static DateTime GetUtcDateTime(this DbDataReader reader, int ordinal)
    {
        ArgumentNullException.ThrowIfNull(reader);
        return reader is SqliteDataReader
            ? UnixTime.ToDateTime(reader.GetInt64(ordinal))
            : DateTime.SpecifyKind(reader.GetDateTime(ordinal), DateTimeKind.Utc);
    }

    /// <summary>A time from a column of times, microseconds since 1970-01-01 UTC.</summary>
    public static long GetUnixMicroseconds(this DbDataReader reader, int ordinal)
    {
        ArgumentNullException.ThrowIfNull(reader);
        return reader is SqliteDataReader ? reader.GetInt64(ordinal) : UnixTime.ToMicroseconds(reader.GetUtcDateTime(ordinal));
    }

    /// <summary>A UTC time, or null.</summary>
    public static DateTime? GetNullableUtcDateTime(this DbDataReader reader, int ordinal)
    {
        ArgumentNullException.ThrowIfNull(reader);
        return reader.IsDBNull(ordinal) ? null : reader.GetUtcDateTime(ordinal);
    }
}
