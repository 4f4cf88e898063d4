using Npgsql;

namespace Telematics.Benchmarks.Database;

/// <summary>What a figure has to be quoted with.</summary>
/// <param name="Database">Name of the database.</param>
/// <param name="Version">Version of PostgreSQL.</param>
/// <param name="Timescale">Version of TimescaleDB in this database; null without it.</param>
/// <param name="License"><c>apache</c> or <c>timescale</c>; null without TimescaleDB.</param>
/// <param name="Settings">Settings of the server by name.</param>
/// <param name="Postmaster">Process id of the server; null when it does not run on this machine.</param>
internal sealed record ServerFacts(string Database, string Version, string? Timescale, string? License, IReadOnlyList<(string Name, string Value)> Settings, int? Postmaster)
{
    private static readonly string[] Names =
        ["shared_buffers", "synchronous_commit", "fsync", "full_page_writes", "max_wal_size", "wal_compression", "work_mem", "max_parallel_workers_per_gather", "jit"];

    /// <summary>Whether TimescaleDB is in the database.</summary>
    public bool IsTimescale => Timescale is not null;

    /// <summary>Edition in a few words.</summary>
    public string Edition => Timescale is null ? "plain PostgreSQL" : $"TimescaleDB {Timescale} {License}";

    public static async Task<ServerFacts> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var timescale = await connection.ScalarAsync("SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'", cancellationToken) as string;
        var license = timescale is null ? null : await connection.ScalarAsync("SELECT current_setting('timescaledb.license', true)", cancellationToken) as string;
        var settings = new List<(string, string)>();
        foreach (var name in Names)
        {
            settings.Add((name, await connection.ScalarAsync($"SELECT current_setting('{name}', true)", cancellationToken) as string ?? "-"));
        }

        var backend = (int)(await connection.ScalarAsync("SELECT pg_backend_pid()", cancellationToken))!;
        return new ServerFacts(connection.Database, connection.PostgreSqlVersion.ToString(), timescale, license, settings, ServerCpu.FindPostmaster(backend));
    }

    public void Print()
    {
        Console.WriteLine($"database {Database}: PostgreSQL {Version}, {Edition}");
        Console.WriteLine("  " + string.Join(", ", Settings.Select(setting => $"{setting.Name} {setting.Value}")));
        Console.WriteLine($"  this machine: {Environment.ProcessorCount} processors; server {(Postmaster is null ? "elsewhere, its CPU is not measured" : "on the same machine")}");
    }
}
