using System.Globalization;
using Npgsql;
using NpgsqlTypes;
using Telematics.Benchmarks.Database;
using Telematics.Benchmarks.Tsbs.Generation;
using Telematics.Contracts;

namespace Telematics.Benchmarks.Tsbs.Loading;

/// <summary>TSBS's own tables: <c>tags</c>, <c>readings</c> and <c>diagnostics</c> with the indexes of its loader.</summary>
internal sealed class TsbsTables(BenchmarkDatabase database, TimeSpan chunk) : ILoadTarget
{
    private static readonly string[] Copy =
    [
        .. Enum.GetValues<TsbsTable>().Select(table =>
            $"COPY {Name(table)} (time, tags_id, {string.Join(", ", TsbsSchema.Fields[(int)table])}, additional_tags) FROM STDIN (FORMAT binary)"),
    ];

    /// <inheritdoc/>
    string ILoadTarget.Name => "TSBS tables";

    /// <inheritdoc/>
    public async Task CreateAsync(CancellationToken cancellationToken)
    {
        var tags = TsbsSchema.Tags.Select((tag, i) => $"{tag} {(i < TsbsSchema.TextTags ? "text" : "real")}");
        await database.ExecuteAsync(
            $"""
            CREATE TABLE tags (id serial PRIMARY KEY, {string.Join(", ", tags)});
            CREATE UNIQUE INDEX uniq1 ON tags ({string.Join(", ", TsbsSchema.Tags)});
            CREATE INDEX tags_name ON tags (name);
            """,
            cancellationToken);
        foreach (var table in Enum.GetValues<TsbsTable>())
        {
            var name = Name(table);
            var fields = TsbsSchema.Fields[(int)table].Select(field => $"{field} double precision");
            await database.ExecuteAsync(
                $"CREATE TABLE {name} (time timestamptz NOT NULL, tags_id integer, {string.Join(", ", fields)}, additional_tags jsonb DEFAULT NULL)",
                cancellationToken);
            if (database.Facts.IsTimescale)
            {
                var seconds = ((long)chunk.TotalSeconds).ToString(CultureInfo.InvariantCulture);
                await database.ExecuteAsync($"SELECT create_hypertable('{name}', by_range('time', INTERVAL '{seconds} seconds'), create_default_indexes => false)", cancellationToken);
            }

            await database.ExecuteAsync($"CREATE INDEX {name}_tags_id_time ON {name} (tags_id, time DESC); CREATE INDEX {name}_time ON {name} (time DESC)", cancellationToken);
        }
    }

    /// <inheritdoc/>
    public IEnumerable<LoadBatch> Divide(TsbsFilter points, int size)
    {
        var tags = new TsbsTags(points.Fleet);
        var batch = new Batch(size);
        while (points.TryNext(out var point))
        {
            batch.Add(tags.GetId(in point, batch.NewTags), in point);
            if (batch.Points == size)
            {
                yield return batch;
                batch = new Batch(size);
            }
        }

        if (batch.Points > 0)
        {
            yield return batch;
        }
    }

    /// <inheritdoc/>
    public async Task WriteAsync(LoadBatch batch, CancellationToken cancellationToken)
    {
        // One transaction a table and batch, as TSBS's loader does.
        await using var connection = await database.Source.OpenConnectionAsync(cancellationToken);
        var points = (Batch)batch;
        if (batch.NewTags.Count > 0)
        {
            await CopyTagsAsync(connection, batch.NewTags, cancellationToken);
        }

        foreach (var table in Enum.GetValues<TsbsTable>())
        {
            await using var copy = await connection.BeginBinaryImportAsync(Copy[(int)table], cancellationToken);
            points.Write(table, copy);
            await copy.CompleteAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public Task FinishAsync(CancellationToken cancellationToken) =>
        database.ExecuteAsync("ANALYZE tags; ANALYZE readings; ANALYZE diagnostics", cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => default;

    private static string Name(TsbsTable table) => table == TsbsTable.Readings ? "readings" : "diagnostics";

    private static async Task CopyTagsAsync(NpgsqlConnection connection, List<TsbsTagRow> rows, CancellationToken cancellationToken)
    {
        await using var copy = await connection.BeginBinaryImportAsync($"COPY tags (id, {string.Join(", ", TsbsSchema.Tags)}) FROM STDIN (FORMAT binary)", cancellationToken);
        foreach (var row in rows)
        {
            await copy.StartRowAsync(cancellationToken);
            await copy.WriteAsync(row.Id, NpgsqlDbType.Integer, cancellationToken);
            for (var tag = 0; tag < TsbsSchema.Tags.Length; tag++)
            {
                switch (row[tag])
                {
                    case string text:
                        await copy.WriteAsync(text, NpgsqlDbType.Text, cancellationToken);
                        break;
                    case float number:
                        await copy.WriteAsync(number, NpgsqlDbType.Real, cancellationToken);
                        break;
                    default:
                        await copy.WriteNullAsync(cancellationToken);
                        break;
                }
            }
        }

        await copy.CompleteAsync(cancellationToken);
    }

    private sealed class Batch(int size) : LoadBatch
    {
        private readonly TsbsPoint[] _points = new TsbsPoint[size];
        private readonly int[] _tags = new int[size];

        public override long Rows => Points;

        public void Add(int tags, in TsbsPoint point)
        {
            _points[Points] = point;
            _tags[Points] = tags;
            Points++;
            Metrics += TsbsSchema.Fields[(int)point.Table].Length;
        }

        public void Write(TsbsTable table, NpgsqlBinaryImporter copy)
        {
            var fields = TsbsSchema.Fields[(int)table].Length;
            for (var i = 0; i < Points; i++)
            {
                ref readonly var point = ref _points[i];
                if (point.Table != table)
                {
                    continue;
                }

                copy.StartRow();
                copy.Write(UnixTime.ToDateTime(point.Time), NpgsqlDbType.TimestampTz);
                copy.Write(_tags[i], NpgsqlDbType.Integer);
                for (var field = 0; field < fields; field++)
                {
                    var value = point.Fields[field];
                    if (double.IsNaN(value))
                    {
                        copy.WriteNull();
                    }
                    else
                    {
                        copy.Write(value, NpgsqlDbType.Double);
                    }
                }

                copy.WriteNull();
            }
        }
    }
}
