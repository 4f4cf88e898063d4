using Npgsql;

namespace Telematics.Benchmarks.Database;

/// <summary>A PostgreSQL database to measure, by connection string.</summary>
internal sealed class BenchmarkDatabase : IAsyncDisposable
{
    private BenchmarkDatabase(string connectionString, NpgsqlDataSource source, ServerFacts facts)
    {
        ConnectionString = connectionString;
        Source = source;
        Facts = facts;
    }

    /// <summary>As given.</summary>
    public string ConnectionString { get; }

    /// <summary>Its connections; time zone UTC, no time limit for a command.</summary>
    public NpgsqlDataSource Source { get; }

    /// <summary>What it is and how it is set.</summary>
    public ServerFacts Facts { get; }

    /// <summary>Connects.</summary>
    /// <exception cref="BenchmarkException">It cannot be reached; the message is for the user.</exception>
    public static async Task<BenchmarkDatabase> OpenAsync(string connectionString, CancellationToken cancellationToken)
    {
        NpgsqlConnectionStringBuilder settings;
        try
        {
            settings = new NpgsqlConnectionStringBuilder(connectionString);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or KeyNotFoundException)
        {
            throw new BenchmarkException($"--database is no connection string of PostgreSQL: {exception.Message}", exception);
        }

        if (string.IsNullOrEmpty(settings.Host) || string.IsNullOrEmpty(settings.Database))
        {
            throw new BenchmarkException("--database must name Host and Database, such as 'Host=127.0.0.1;Port=5432;Username=postgres;Database=tsbs'.");
        }

        settings.Timezone = "UTC";
        settings.CommandTimeout = 0;
        settings.ApplicationName = "Telematics.Benchmarks";
        settings.IncludeErrorDetail = true;
        var source = NpgsqlDataSource.Create(settings);
        try
        {
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            return new BenchmarkDatabase(connectionString, source, await ServerFacts.ReadAsync(connection, cancellationToken));
        }
        catch (NpgsqlException exception)
        {
            await source.DisposeAsync();
            throw new BenchmarkException($"--database: {settings.Database} on {settings.Host}:{settings.Port} cannot be used: {exception.Message}", exception);
        }
    }

    /// <summary>Runs statements.</summary>
    public async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        await using var connection = await Source.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(sql, cancellationToken);
    }

    /// <summary>Brings what was written to the disk, so that it does not burden the next measurement; only some users may.</summary>
    public async Task CheckpointAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ExecuteAsync("CHECKPOINT", cancellationToken);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            Console.Error.WriteLine($"No checkpoint before the measurement: {exception.MessageText}");
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Source.DisposeAsync();
}
