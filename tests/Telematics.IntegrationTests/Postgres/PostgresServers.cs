using System.Collections.Concurrent;
using DotNet.Testcontainers.Builders;
using Npgsql;
using Testcontainers.PostgreSql;
using Xunit;

namespace Telematics.IntegrationTests.Postgres;

/// <summary>
/// The real servers: from an environment variable, else from Testcontainers where a Docker engine answers, else the test
/// is skipped with the reason; it fails instead when <c>TELEMATICS_TEST_REQUIRED</c> names the server.
/// </summary>
public static class PostgresServers
{
    private static readonly ConcurrentDictionary<PostgresKind, Lazy<Task<Server>>> Servers = new();

    /// <summary>A connection string to the server's database <c>postgres</c>, as one who may create databases.</summary>
    public static async Task<string> GetAsync(PostgresKind kind)
    {
        var server = await Servers.GetOrAdd(kind, static kind => new Lazy<Task<Server>>(() => FindAsync(kind))).Value;
        if (server.ConnectionString is not null)
        {
            return server.ConnectionString;
        }

        Assert.False(IsRequired(kind), server.Missing);
        Assert.Skip(server.Missing!);
        return "";
    }

    /// <summary>Whether a test must run against this server.</summary>
    public static bool IsRequired(PostgresKind kind) =>
        Environment.GetEnvironmentVariable("TELEMATICS_TEST_REQUIRED")?.Split(' ').Contains(kind == PostgresKind.Plain ? "postgres" : "timescaledb") == true;

    private static string Variable(PostgresKind kind) => kind == PostgresKind.Plain ? "TELEMATICS_TEST_POSTGRES" : "TELEMATICS_TEST_TIMESCALEDB";

    private static async Task<Server> FindAsync(PostgresKind kind)
    {
        if (Environment.GetEnvironmentVariable(Variable(kind)) is { Length: > 0 } connectionString)
        {
            return new Server(new NpgsqlConnectionStringBuilder(connectionString) { Database = "postgres", Pooling = false }.ConnectionString, null);
        }

        try
        {
            // Lives until the process ends; Testcontainers' own reaper removes it.
            var container = new PostgreSqlBuilder(kind == PostgresKind.Plain ? "postgres:17" : "timescale/timescaledb:2.28.3-pg17").Build();
            await container.StartAsync();
            return new Server(new NpgsqlConnectionStringBuilder(container.GetConnectionString()) { Database = "postgres", Pooling = false }.ConnectionString, null);
        }
        catch (DockerUnavailableException exception)
        {
            return new Server(null, $"{Variable(kind)} is not set, and no Docker engine answers: {exception.Message.ReplaceLineEndings(" ")}");
        }
    }

    private sealed record Server(string? ConnectionString, string? Missing);
}
