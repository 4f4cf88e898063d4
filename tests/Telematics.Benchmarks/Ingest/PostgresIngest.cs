using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;
using Telematics.Benchmarks.Database;
using Telematics.Contracts;
using Telematics.Contracts.Telemetry;
using Telematics.Ingest;
using Telematics.Messaging;
using Telematics.Storage;
using Telematics.Storage.Postgres;

namespace Telematics.Benchmarks.Ingest;

/// <summary>
/// Ingest into PostgreSQL beside bare COPY of the same kind of rows into the same table by one client, in turn: the
/// history alone, then with the newest states and the duplicate counters, as in real life.
/// </summary>
internal sealed class PostgresIngest(string server, int messages, int vehicles, int batch, bool isJson)
{
    private const string DatabaseName = "telematics_ingest";
    private const int RowsOfCopy = 10_000;

    private readonly string _connectionString = new NpgsqlConnectionStringBuilder(server) { Database = DatabaseName, IncludeErrorDetail = true, CommandTimeout = 0 }.ConnectionString;
    private readonly string _directory = Directory.CreateTempSubdirectory("telematics-ingest-").FullName;
    private int? _postmaster;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await PrepareAsync(cancellationToken);
            using (var log = CreateHost(withIngest: false, historyAlone: false))
            {
                await log.StartAsync(cancellationToken);
                await IngestEngine.FillAsync(log.Services.GetRequiredService<IMessageLog>(), messages, vehicles, isJson, cancellationToken);
                await log.StopAsync(cancellationToken);
            }

            Console.WriteLine($"{messages:N0} messages of {vehicles:N0} cars, {(isJson ? "JSON" : "Protobuf")}, up to {batch:N0} a transaction; the first part of each run is not counted (every car once)");
            Console.WriteLine($"{"",-34}{"rows/s",10}{"client µs/row",16}{"server µs/row",16}");
            var bare = await CopyAsync(cancellationToken);
            var history = await IngestAsync(historyAlone: true, cancellationToken);
            var again = await CopyAsync(cancellationToken);
            var whole = await IngestAsync(historyAlone: false, cancellationToken);
            await StoreAsync(cancellationToken);
            await ImporterAsync(cancellationToken);
            var floor = (bare + again) / 2;
            Console.WriteLine($"history alone is {history / floor:P0} of bare COPY, the whole {whole / floor:P0}");
        }
        finally
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await using (var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(server) { Database = "postgres", Pooling = false }.ConnectionString))
        {
            await connection.OpenAsync(cancellationToken);
            await connection.ExecuteAsync($"DROP DATABASE IF EXISTS {DatabaseName} WITH (FORCE)", cancellationToken);
            await connection.ExecuteAsync($"CREATE DATABASE {DatabaseName}", cancellationToken);
            var facts = await ServerFacts.ReadAsync(connection, cancellationToken);
            facts.Print();
            _postmaster = facts.Postmaster;
        }

        using (var host = CreateHost(withIngest: true, historyAlone: false))
        {
            // Only for the schema: it is stopped before there is anything to ingest.
            await host.StartAsync(cancellationToken);
            await host.StopAsync(cancellationToken);
        }

        await ResetAsync($"INSERT INTO vehicle (vehicle_id, created_at, updated_at) SELECT 'car-' || n, now(), now() FROM generate_series(0, {vehicles - 1}) n", cancellationToken);
        Directory.Delete(Path.Combine(_directory, "log"), recursive: true);
        await ResetAsync("DELETE FROM log_identity; ANALYZE vehicle", cancellationToken);
    }

    private Task ResetAsync(CancellationToken cancellationToken) =>
        ResetAsync("TRUNCATE telemetry, vehicle_latest, producer_progress, telemetry_late_hour; DELETE FROM consumer_offset; CHECKPOINT", cancellationToken);

    private async Task ResetAsync(string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(_connectionString);
        await connection.OpenAsync(cancellationToken);
        foreach (var statement in sql.Split("; "))
        {
            await connection.ExecuteAsync(statement, cancellationToken);
        }
    }

    /// <summary>Rows that were encoded before, one transaction for each 10,000, sorted by vehicle.</summary>
    private async Task<double> CopyAsync(CancellationToken cancellationToken)
    {
        await ResetAsync(cancellationToken);
        var batches = Encode(Math.Max(RowsOfCopy, Math.Min(messages, 1_000_000)) / RowsOfCopy);
        await using var connection = new NpgsqlConnection(_connectionString);
        await connection.OpenAsync(cancellationToken);
        using var figures = new Figures(_postmaster);
        foreach (var rows in batches)
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await using (var copy = await connection.BeginRawBinaryCopyAsync(PostgresTelemetrySql.CopyHistory, cancellationToken))
            {
                await copy.WriteAsync(rows, cancellationToken);
            }

            await transaction.CommitAsync(cancellationToken);
        }

        return figures.Print("bare COPY", batches.Count * (long)RowsOfCopy);
    }

    /// <summary>The same rows, encoded on the way by the telemetry store.</summary>
    private async Task StoreAsync(CancellationToken cancellationToken)
    {
        await ResetAsync(cancellationToken);
        var batches = Rows();
        await using var database = new PostgresDatabase(_connectionString, Options.Create(new StorageOptions()));
        var store = new PostgresTelemetryStore(database);
        using var figures = new Figures(_postmaster);
        foreach (var rows in batches)
        {
            await using var session = await database.BeginWriteAsync(cancellationToken);
            await store.WriteAsync(rows, default, session, cancellationToken);
            await session.CommitAsync(cancellationToken);
        }

        figures.Print("COPY, encoded by our buffer", batches.Count * (long)RowsOfCopy);
    }

    /// <summary>The same rows by Npgsql's importer, value by value.</summary>
    private async Task ImporterAsync(CancellationToken cancellationToken)
    {
        await ResetAsync(cancellationToken);
        var batches = Rows();
        await using var connection = new NpgsqlConnection(_connectionString);
        await connection.OpenAsync(cancellationToken);
        using var figures = new Figures(_postmaster);
        foreach (var rows in batches)
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await using (var importer = await connection.BeginBinaryImportAsync(PostgresTelemetrySql.CopyHistory, cancellationToken))
            {
                foreach (var row in rows)
                {
                    Import(importer, in row);
                }

                await importer.CompleteAsync(cancellationToken);
            }

            await transaction.CommitAsync(cancellationToken);
        }

        figures.Print("COPY, Npgsql's importer", batches.Count * (long)RowsOfCopy);
    }

    private static void Import(NpgsqlBinaryImporter importer, in TelemetryRow row)
    {
        importer.StartRow();
        importer.Write(row.VehicleKey, NpgsqlDbType.Bigint);
        importer.Write(UnixTime.ToDateTime(row.Time), NpgsqlDbType.TimestampTz);
        importer.Write(UnixTime.ToDateTime(row.StoredAt), NpgsqlDbType.TimestampTz);
        foreach (var signal in SignalCatalogue.Signals)
        {
            var value = row.Values[signal.Index];
            switch (signal.Type)
            {
                case var _ when double.IsNaN(value):
                    importer.WriteNull();
                    break;
                case SignalType.Double:
                    importer.Write(value, NpgsqlDbType.Double);
                    break;
                case SignalType.Real:
                    importer.Write((float)value, NpgsqlDbType.Real);
                    break;
                case SignalType.Bigint:
                    importer.Write((long)value, NpgsqlDbType.Bigint);
                    break;
                case SignalType.Integer:
                    importer.Write((int)value, NpgsqlDbType.Integer);
                    break;
                case SignalType.Boolean:
                    importer.Write(value != 0, NpgsqlDbType.Boolean);
                    break;
                default:
                    importer.Write((short)value, NpgsqlDbType.Smallint);
                    break;
            }
        }

        importer.WriteNull();
    }

    private List<TelemetryRow[]> Rows()
    {
        var random = new Random(2);
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * UnixTime.MicrosecondsPerMillisecond;
        var batches = new List<TelemetryRow[]>();
        for (var i = 0; i < Math.Max(1, Math.Min(messages, 500_000) / RowsOfCopy); i++)
        {
            var rows = new TelemetryRow[RowsOfCopy];
            for (var row = 0; row < RowsOfCopy; row++)
            {
                rows[row] = new TelemetryRow
                {
                    VehicleKey = 1 + (((long)row * vehicles / RowsOfCopy) + i) % vehicles,
                    Time = now + i,
                    StoredAt = now,
                    Values = IngestEngine.CreateSample(now, random).Values,
                };
            }

            Array.Sort(rows, static (left, right) => left.VehicleKey.CompareTo(right.VehicleKey));
            batches.Add(rows);
        }

        return batches;
    }

    private List<byte[]> Encode(int count)
    {
        var buffer = new CopyBuffer();
        return [.. Rows().Take(count).Select(rows =>
        {
            buffer.Begin();
            foreach (ref readonly var row in rows.AsSpan())
            {
                buffer.Row(PostgresTelemetrySql.HistoryColumns);
                buffer.Bigint(row.VehicleKey);
                buffer.Timestamp(row.Time);
                buffer.Timestamp(row.StoredAt);
                buffer.Signals(in row.Values);
                buffer.Null();
            }

            buffer.End();
            return buffer.Written.ToArray();
        })];
    }

    private async Task<double> IngestAsync(bool historyAlone, CancellationToken cancellationToken)
    {
        await ResetAsync(cancellationToken);
        using var host = CreateHost(withIngest: true, historyAlone);
        await host.StartAsync(cancellationToken);
        var status = host.Services.GetRequiredService<IngestStatus>();
        await IngestEngine.UntilAsync(status, Math.Max(vehicles, messages / 10), cancellationToken);
        var before = status.GetSnapshot().Rows;
        using var figures = new Figures(_postmaster);
        await IngestEngine.UntilAsync(status, messages, cancellationToken);
        var rate = figures.Print(historyAlone ? "Ingest, history alone" : "Ingest, newest states and counters", status.GetSnapshot().Rows - before);
        await host.StopAsync(cancellationToken);
        return rate;
    }

    private IHost CreateHost(bool withIngest, bool historyAlone)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Telematics:Messaging:Embedded:Directory"] = Path.Combine(_directory, "log"),
            ["Telematics:Ingest:BatchMessages"] = $"{batch}",
            ["ConnectionStrings:Telematics"] = _connectionString,
        });
        builder.Services.AddMetrics();
        builder.Services.AddEmbeddedMessageLog();
        if (withIngest)
        {
            if (historyAlone)
            {
                builder.Services.AddSingleton<ITelemetryStore>(provider => new HistoryAlone(provider.GetRequiredService<PostgresTelemetryStore>()));
            }

            builder.Services.AddTelematicsStorage();
            builder.Services.AddTelematicsIngest();
        }

        return builder.Build();
    }

    /// <summary>Time and CPU since it was made.</summary>
    private sealed class Figures : IDisposable
    {
        private readonly int? _postmaster;
        private readonly Process _process = Process.GetCurrentProcess();
        private readonly TimeSpan _client;
        private readonly TimeSpan? _server;
        private readonly Stopwatch _clock = Stopwatch.StartNew();

        public Figures(int? postmaster)
        {
            _postmaster = postmaster;
            _server = ServerCpu.Read(postmaster);
            _client = _process.TotalProcessorTime;
        }

        public double Print(string what, long rows)
        {
            var seconds = _clock.Elapsed.TotalSeconds;
            _process.Refresh();
            var client = _process.TotalProcessorTime - _client;
            var server = ServerCpu.Read(_postmaster) - _server;
            Console.WriteLine($"{what,-34}{rows / seconds,10:N0}{client.TotalMicroseconds / rows,16:N2}{server?.TotalMicroseconds / rows,16:N2}");
            return rows / seconds;
        }

        public void Dispose() => _process.Dispose();
    }
}
