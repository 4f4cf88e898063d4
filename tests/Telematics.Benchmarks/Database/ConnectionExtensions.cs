using Npgsql;

namespace Telematics.Benchmarks.Database;

/// <summary>SQL of the benchmark's own making; every text is built from constants, numbers and names of this program.</summary>
internal static class ConnectionExtensions
{
    public static NpgsqlCommand Command(this NpgsqlConnection connection, string sql)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // see above
        command.CommandText = sql;
#pragma warning restore CA2100
        return command;
    }

    public static async Task ExecuteAsync(this NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(sql);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The first value of the first row; null when there is none or it is NULL.</summary>
    public static async Task<object?> ScalarAsync(this NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(sql);
        return await command.ExecuteScalarAsync(cancellationToken) is { } value and not DBNull ? value : null;
    }
}
