using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;
using Telematics.Benchmarks.Database;
using Telematics.Benchmarks.Tsbs.Generation;
using Telematics.Contracts;
using Telematics.Contracts.Telemetry;
using Telematics.Storage;
using Telematics.Storage.Postgres;

namespace Telematics.Benchmarks.Tsbs.Loading;

/// <summary>
/// The product's own tables, made by its migrations and written through <see cref="ITelemetryStore"/> as Ingest writes them:
/// a batch sorted by vehicle and time, one transaction. Tags are vehicles; fields without a column are JSON in
/// <c>other</c> (<c>Tsbs.Grade</c>, <c>Tsbs.FuelConsumption</c>, <c>Tsbs.CurrentLoad</c>, <c>Tsbs.Status</c>). Points without
/// a name belong to no vehicle and are left out; no query of TSBS's sees them.
/// </summary>
internal sealed class TelematicsTables(BenchmarkDatabase database, TsbsSettings settings) : ILoadTarget
{
    public const string Grade = "Tsbs.Grade";
    public const string FuelConsumption = "Tsbs.FuelConsumption";
    public const string CurrentLoad = "Tsbs.CurrentLoad";
    public const string Status = "Tsbs.Status";

    private static readonly int Altitude = SignalCatalogue.Signals.Single(signal => signal.Column == "altitude").Index;

    private PostgresDatabase? _database;
    private PostgresTelemetryStore? _store;
    private long _nameless;
    private long _late;

    /// <inheritdoc/>
    public string Name => "our tables";

    /// <inheritdoc/>
    public async Task CreateAsync(CancellationToken cancellationToken)
    {
        await ProductSchema.CreateAsync(database, UnixTime.ToDateTime(TsbsSettings.Start), UnixTime.ToDateTime(settings.End), cancellationToken);
        _database = new PostgresDatabase(database.ConnectionString, Options.Create(new StorageOptions()));
        _store = new PostgresTelemetryStore(_database);
    }

    /// <inheritdoc/>
    public IEnumerable<LoadBatch> Divide(TsbsFilter points, int size)
    {
        var tags = new TsbsTags(points.Fleet);
        var merger = new TickMerger(points.Fleet.Trucks.Count);
        var ready = new List<MergedRow>();
        var used = 0;
        var batch = new Batch(size);
        while (points.TryNext(out var point))
        {
            var id = tags.GetId(in point, batch.NewTags);
            if (id == 0)
            {
                _nameless++;
                continue;
            }

            merger.Add(id, in point, ready);
            while (ready.Count - used >= size)
            {
                batch.Add(ready, ref used);
                yield return batch;
                batch = new Batch(size);
            }

            if (used > 0 && used * 2 >= ready.Count)
            {
                ready.RemoveRange(0, used);
                used = 0;
            }
        }

        merger.Finish(ready);
        _late = merger.Late;
        while (used < ready.Count)
        {
            batch.Add(ready, ref used);
            yield return batch;
            batch = new Batch(size);
        }
    }

    /// <inheritdoc/>
    public async Task WriteAsync(LoadBatch batch, CancellationToken cancellationToken)
    {
        var rows = (Batch)batch;
        await using var session = await _database!.BeginWriteAsync(cancellationToken);
        if (batch.NewTags.Exists(row => row[0] is not null))
        {
            await CopyVehiclesAsync((NpgsqlConnection)session.Transaction.Connection!, batch.NewTags, cancellationToken);
        }

        var (samples, other) = rows.Encode();
        await _store!.WriteAsync(samples, other, session, cancellationToken);
        await session.CommitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        await database.ExecuteAsync("ANALYZE vehicle; ANALYZE telemetry", cancellationToken);
        Console.WriteLine($"{database.Facts.Database}, {Name}: {_nameless:N0} points without a name left out; {_late:N0} points came too late for the row of their tick and have their own");
    }

    /// <summary>Makes the rollups.</summary>
    public Task RollUpAsync(CancellationToken cancellationToken) =>
        ProductRollups.FillAsync(database, _database!, TsbsSettings.Start, settings.End, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }

    private static async Task CopyVehiclesAsync(NpgsqlConnection connection, List<TsbsTagRow> rows, CancellationToken cancellationToken)
    {
        var now = DateTime.UtcNow;
        await using var copy = await connection.BeginBinaryImportAsync("COPY vehicle (id, vehicle_id, brand, model, attributes, created_at, updated_at) FROM STDIN (FORMAT binary)", cancellationToken);
        foreach (var row in rows)
        {
            if (row[0] is not string name)
            {
                continue;
            }

            await copy.StartRowAsync(cancellationToken);
            await copy.WriteAsync((long)row.Id, NpgsqlDbType.Bigint, cancellationToken);
            await copy.WriteAsync(name, NpgsqlDbType.Varchar, cancellationToken);
            await copy.WriteAsync("TSBS", NpgsqlDbType.Varchar, cancellationToken);
            if (row[3] is string model)
            {
                await copy.WriteAsync(model, NpgsqlDbType.Varchar, cancellationToken);
            }
            else
            {
                await copy.WriteNullAsync(cancellationToken);
            }

            await copy.WriteAsync(Attributes(row), NpgsqlDbType.Text, cancellationToken);
            await copy.WriteAsync(now, NpgsqlDbType.TimestampTz, cancellationToken);
            await copy.WriteAsync(now, NpgsqlDbType.TimestampTz, cancellationToken);
        }

        await copy.CompleteAsync(cancellationToken);
    }

    /// <summary>The tags besides name and model; attributes are a JSON object with text values.</summary>
    private static string Attributes(TsbsTagRow row)
    {
        var attributes = new Dictionary<string, string>();
        for (var tag = 1; tag < TsbsSchema.Tags.Length; tag++)
        {
            if (tag != 3 && row[tag] is { } value)
            {
                attributes[TsbsSchema.Tags[tag]] = Convert.ToString(value, CultureInfo.InvariantCulture)!;
            }
        }

        return JsonSerializer.Serialize(attributes);
    }

    private sealed class Batch(int size) : LoadBatch
    {
        private readonly List<MergedRow> _rows = new(size);

        public override long Rows => _rows.Count;

        public void Add(List<MergedRow> ready, ref int used)
        {
            var count = Math.Min(size, ready.Count - used);
            for (var i = 0; i < count; i++)
            {
                var row = ready[used++];
                Points += (row.HasReadings ? 1 : 0) + (row.HasDiagnostics ? 1 : 0);
                Metrics += (row.HasReadings ? TsbsSchema.ReadingsFields : 0) + (row.HasDiagnostics ? TsbsSchema.DiagnosticsFields : 0);
                _rows.Add(row);
            }
        }

        public (ReadOnlyMemory<TelemetryRow> Rows, ReadOnlyMemory<byte> Other) Encode()
        {
            _rows.Sort(static (a, b) => a.Vehicle != b.Vehicle ? a.Vehicle.CompareTo(b.Vehicle) : a.Time.CompareTo(b.Time));
            var samples = new TelemetryRow[_rows.Count];
            var other = new ArrayBufferWriter<byte>(_rows.Count * 96);
            using var json = new Utf8JsonWriter(other, new JsonWriterOptions { SkipValidation = true });
            for (var i = 0; i < samples.Length; i++)
            {
                var row = _rows[i];
                ref var sample = ref samples[i];
                sample.VehicleKey = row.Vehicle;
                sample.Time = row.Time;
                sample.StoredAt = row.Time;
                sample.Values = SignalValues.None;
                sample.OtherStart = other.WrittenCount;
                Fill(ref sample.Values, in row);
                Write(json, in row);
                json.Flush();
                json.Reset();
                sample.OtherLength = other.WrittenCount - sample.OtherStart;
            }

            return (samples, other.WrittenMemory);
        }

        private static void Fill(ref SignalValues values, in MergedRow row)
        {
            if (row.HasReadings)
            {
                values[SignalCatalogue.Latitude] = row.Readings[TsbsSchema.Latitude];
                values[SignalCatalogue.Longitude] = row.Readings[TsbsSchema.Longitude];
                values[Altitude] = row.Readings[TsbsSchema.Elevation];
                values[SignalCatalogue.Speed] = row.Readings[TsbsSchema.Velocity];
                values[SignalCatalogue.Heading] = row.Readings[TsbsSchema.Heading];
            }

            if (row.HasDiagnostics)
            {
                values[SignalCatalogue.FuelLevel] = 100 * row.FuelState;
            }
        }

        private static void Write(Utf8JsonWriter json, in MergedRow row)
        {
            json.WriteStartObject();
            if (row.HasReadings)
            {
                WriteNumber(json, Grade, row.Readings[TsbsSchema.Grade]);
                WriteNumber(json, FuelConsumption, row.Readings[TsbsSchema.FuelConsumption]);
            }

            if (row.HasDiagnostics)
            {
                WriteNumber(json, CurrentLoad, row.CurrentLoad);
                WriteNumber(json, Status, row.Status);
            }

            json.WriteEndObject();
        }

        private static void WriteNumber(Utf8JsonWriter json, string name, double value)
        {
            if (!double.IsNaN(value))
            {
                json.WriteNumber(name, value);
            }
        }
    }
}
