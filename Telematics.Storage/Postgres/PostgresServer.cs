using Npgsql;

namespace Telematics.Storage.Postgres;

/// <summary>The server behind a connection, as found at start.</summary>
/// <param name="Version">Version of PostgreSQL.</param>
/// <param name="TimescaleVersion">Version of the extension in this database, or null.</param>
/// <param name="Edition">What divides the tables.</param>
internal sealed record PostgresServer(string Version, string? TimescaleVersion, PostgresEdition Edition)
{
    /// <summary>One line for the log: what it is, and what that means.</summary>
    public string Describe() => Edition switch
    {
        PostgresEdition.TimescaleCommunity => $"PostgreSQL {Version} with TimescaleDB {TimescaleVersion} (Community): telemetry is a hypertable with columnstore; rollups and retention by this program's scheduler",
        PostgresEdition.TimescaleApache => $"PostgreSQL {Version} with TimescaleDB {TimescaleVersion} (Apache edition): telemetry is a hypertable without columnstore; rollups and retention by this program's scheduler",
        _ when TimescaleVersion is not null => $"PostgreSQL {Version}: TimescaleDB {TimescaleVersion} is there, but the tables were made without it: telemetry is partitioned by time, partitions, rollups and retention by this program's scheduler",
        _ => $"PostgreSQL {Version} without TimescaleDB: telemetry is partitioned by time; partitions, rollups and retention by this program's scheduler",
    };

    /// <summary>Looks; the schema is there.</summary>
    public static async Task<PostgresServer> DetectAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var timescale = await ScalarAsync(connection, "SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'", cancellationToken);
        var isHypertable = timescale is not null
            && await ScalarAsync(connection, "SELECT 'yes' FROM timescaledb_information.hypertables WHERE hypertable_schema = 'public' AND hypertable_name = 'telemetry'", cancellationToken) is not null;
        var license = isHypertable ? await ScalarAsync(connection, "SELECT current_setting('timescaledb.license', true)", cancellationToken) : null;
        var edition = !isHypertable ? PostgresEdition.Plain
            : string.Equals(license, "timescale", StringComparison.Ordinal) ? PostgresEdition.TimescaleCommunity
            : PostgresEdition.TimescaleApache;
        return new PostgresServer(connection.PostgreSqlVersion.ToString(), timescale, edition);
    }

    private static async Task<string?> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // constants of this file
        command.CommandText = sql;
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync(cancellationToken) as string;
    }
}
