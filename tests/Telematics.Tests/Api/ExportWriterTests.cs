using System.IO.Pipelines;
using System.Text;
using Parquet;
using Telematics.Api.Exports;
using Telematics.Contracts;
using Telematics.Contracts.Telemetry;
using Telematics.IntegrationTests.Api;
using Telematics.Storage;
using Xunit;

namespace Telematics.Tests.Api;

public sealed class ExportWriterTests
{
    private const int PipeBytes = 64 * 1_024;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task CSV_has_a_header_and_a_row_for_each_sample_of_each_vehicle()
    {
        var text = Encoding.UTF8.GetString(await ExportAsync(new GeneratedHistory(5) { Other = """{"Acme.Note":"a \"b\", c\nd ä€😀"}""" }, Plan(ExportFormat.Csv, "car-1", "car-2")));
        var rows = CsvText.Parse(text);
        Assert.Equal(["vehicleId", "time", "storedAt", .. SignalCatalogue.Signals.Select(signal => signal.Path), "other"], rows[0]);
        Assert.Equal(11, rows.Count);
        Assert.All(rows, row => Assert.Equal(rows[0].Length, row.Length));
        Assert.Equal(["car-1", "car-1", "car-1", "car-1", "car-1", "car-2", "car-2", "car-2", "car-2", "car-2"], rows.Skip(1).Select(row => row[0]));
        var second = rows[0].Zip(rows[2]).ToDictionary(field => field.First, field => field.Second, StringComparer.Ordinal);
        Assert.Equal("2025-11-24T16:00:01.000007Z", second["time"]);
        Assert.Equal("2025-11-24T16:00:01.500000Z", second["storedAt"]);
        Assert.Equal("31.000001", second["Vehicle.CurrentLocation.Latitude"]);
        Assert.Equal("79.19", second["Vehicle.Speed"]);
        Assert.Equal("1", second["Vehicle.TraveledDistance"]);
        Assert.Equal("true", second["Vehicle.IsMoving"]);
        Assert.Equal("ON", second["Vehicle.LowVoltageSystemState"]);
        Assert.Equal("", second["Vehicle.Powertrain.TractionBattery.StateOfCharge.Current"]);
        Assert.Equal("""{"Acme.Note":"a \"b\", c\nd ä€😀"}""", second["other"]);
    }

    [Fact]
    public async Task Chosen_signals_are_the_only_columns_in_their_order()
    {
        var history = new GeneratedHistory(1) { Other = "{}", Reading = query => Assert.False(query.WithOther) };
        var plan = Plan(ExportFormat.Csv, "car-1") with { Signals = [SignalCatalogue.ByPath["Vehicle.IsMoving"], SignalCatalogue.ByPath["Vehicle.Speed"]], WithOther = false };
        var text = Encoding.UTF8.GetString(await ExportAsync(history, plan));
        Assert.Equal("vehicleId,time,storedAt,Vehicle.IsMoving,Vehicle.Speed\r\ncar-1,2025-11-24T16:00:00.000007Z,2025-11-24T16:00:00.500000Z,false,0\r\n", text);
    }

    [Theory]
    [InlineData("car-1", "car-1")]
    [InlineData("", "")]
    [InlineData("@sum", "'@sum")]
    [InlineData("-1", "'-1")]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+a,b", "\"'+a,b\"")]
    [InlineData("say \"hi\"", "\"say \"\"hi\"\"\"")]
    [InlineData("two\nlines", "\"two\nlines\"")]
    public void A_text_is_no_formula_and_quoted_where_needed(string text, string field) => Assert.Equal(field, CsvExport.Text(text));

    [Fact]
    public async Task Negative_numbers_are_left_as_numbers()
    {
        var sample = GeneratedHistory.Sample(0);
        sample.Values[SignalCatalogue.Longitude] = -121.4737012;
        var plan = Plan(ExportFormat.Csv, "car-1") with { Signals = [SignalCatalogue.Signals[SignalCatalogue.Longitude]], WithOther = false };
        using var output = new MemoryStream();
        var writer = new CsvExport(plan, new ExportBody(PipeWriter.Create(output), Token));
        await writer.WriteAsync(new ExportPage("car-1", [sample]));
        await writer.CompleteAsync();
        Assert.EndsWith(",-121.4737012\r\n", Encoding.UTF8.GetString(output.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parquet_is_read_back_with_its_types_and_units()
    {
        var file = await ExportAsync(new GeneratedHistory(ParquetExport.RowGroupSize + 10) { Other = """{"Acme.Door":"ä"}""" }, Plan(ExportFormat.Parquet, "car-1", "car-2"));
        await using var reader = await ParquetReader.CreateAsync(new MemoryStream(file), cancellationToken: Token);
        Assert.Equal(3, reader.RowGroupCount); // 40,020 rows: groups do not end with a vehicle
        Assert.Equal("km/h", reader.CustomMetadata["unit:Vehicle.Speed"]);
        Assert.False(reader.CustomMetadata.ContainsKey("unit:Vehicle.IsMoving"));
        var columns = await ParquetRows.ReadAsync(reader);
        Assert.Equal(["vehicleId", "time", "storedAt", .. SignalCatalogue.Signals.Select(signal => signal.Path), "other"], columns.Keys);
        Assert.All(columns.Values, column => Assert.Equal(2 * (ParquetExport.RowGroupSize + 10), column.Count));
        Assert.Equal(["car-1", "car-2"], columns["vehicleId"].Distinct());
        foreach (var index in new[] { 0, 1, ParquetExport.RowGroupSize + 9 })
        {
            var sample = GeneratedHistory.Sample(index);
            Assert.Equal(UnixTime.ToDateTime(sample.Time), columns["time"][index]);
            Assert.Equal(DateTimeKind.Utc, ((DateTime)columns["time"][index]!).Kind);
            Assert.Equal(UnixTime.ToDateTime(sample.StoredAt), columns["storedAt"][index]);
            Assert.Equal(sample.Values[SignalCatalogue.Speed], Assert.IsType<double>(columns["Vehicle.Speed"][index]), 1e-9);
            Assert.Equal((long)index, columns["Vehicle.TraveledDistance"][index]);
            Assert.Equal((int)(index * 7919L % 1_000_003), columns["Vehicle.Powertrain.Range"][index]);
            Assert.Equal(index % 2 == 1, columns["Vehicle.IsMoving"][index]);
            Assert.Equal("ON", columns["Vehicle.LowVoltageSystemState"][index]);
            Assert.Null(columns["Vehicle.CurrentLocation.Heading"][index]);
            Assert.Equal("""{"Acme.Door":"ä"}""", columns["other"][index]);
        }
    }

    [Theory]
    [InlineData(nameof(ExportFormat.Csv))]
    [InlineData(nameof(ExportFormat.Parquet))]
    public async Task No_sample_at_all_is_a_whole_file_without_rows(string name)
    {
        var format = Enum.Parse<ExportFormat>(name);
        var file = await ExportAsync(new GeneratedHistory(0), Plan(format, "car-1"));
        if (format == ExportFormat.Csv)
        {
            Assert.Single(CsvText.Parse(Encoding.UTF8.GetString(file)));
            return;
        }

        await using var reader = await ParquetReader.CreateAsync(new MemoryStream(file), cancellationToken: Token);
        Assert.Equal(0, reader.RowGroupCount);
        Assert.Equal(SignalCatalogue.Count + 4, reader.Schema.DataFields.Length);
    }

    [Fact]
    public async Task CSV_reads_no_further_ahead_of_its_reader_than_a_page_and_the_pipe()
    {
        const int Samples = 300_000;
        var rowsRead = 0L;
        var history = new GeneratedHistory(Samples);
        history.Reading = query =>
        {
            // A row has more than 60 bytes. What the reader has seen is counted before its memory is let go.
            var ahead = history.Rows + query.Limit - Interlocked.Read(ref rowsRead);
            Assert.True(ahead <= (2 * ExportPages.MaxSamples) + (PipeBytes / 60), $"{ahead} rows ahead of the reader");
        };
        var last = await ExportAsync(history, Plan(ExportFormat.Csv, "car-1") with { WithOther = false }, part => Interlocked.Add(ref rowsRead, part.Count((byte)'\n')), keep: 200);
        Assert.Equal(Samples + 1, rowsRead);
        Assert.Contains("car-1,2025-11-28T03:19:59.000007Z,", Encoding.UTF8.GetString(last), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parquet_reads_no_further_ahead_of_its_reader_than_two_row_groups()
    {
        const int Samples = 300_000;
        var plan = Plan(ExportFormat.Parquet, "car-1") with { WithOther = false };
        await using var whole = await ParquetReader.CreateAsync(new MemoryStream(await ExportAsync(new GeneratedHistory(Samples), plan)), cancellationToken: Token);
        Assert.Equal(Samples / ParquetExport.RowGroupSize, whole.RowGroupCount);
        var begins = whole.Metadata!.RowGroups.Select(group => group.Columns.Min(column => column.MetaData!.DataPageOffset)).ToArray();
        Assert.All(begins.Zip(begins.Skip(1)), group => Assert.True(group.Second - group.First > PipeBytes, "a row group fits into the pipe: the test would show nothing"));

        var bytesRead = 0L;
        var history = new GeneratedHistory(Samples);
        history.Reading = query =>
        {
            var groupsRead = begins.Count(begin => begin <= Interlocked.Read(ref bytesRead)) - 1;
            var ahead = history.Rows + query.Limit - (Math.Max(0, groupsRead) * (long)ParquetExport.RowGroupSize);
            Assert.True(ahead <= (2 * ParquetExport.RowGroupSize) + ExportPages.MaxSamples, $"{ahead} rows ahead of the reader");
        };
        await ExportAsync(history, plan, part => Interlocked.Add(ref bytesRead, part.Length), keep: 4);
        Assert.Equal(Samples, history.Rows);
    }

    [Fact]
    public async Task Large_other_signals_make_pages_small()
    {
        var limits = new List<int>();
        var history = new GeneratedHistory(400) { Other = $$"""{"Acme.Blob":"{{new string('x', 100_000)}}"}""", Reading = query => limits.Add(query.Limit) };
        await ExportAsync(history, Plan(ExportFormat.Csv, "car-1"), _ => { }, keep: 0);
        Assert.All(limits, limit => Assert.InRange(limit, 1, ExportPages.TargetOther / 65_536));
        Assert.Equal(41, limits[1]);
    }

    [Theory]
    [InlineData(nameof(ExportFormat.Csv))]
    [InlineData(nameof(ExportFormat.Parquet))]
    public async Task A_reader_that_leaves_ends_the_export(string name)
    {
        var format = Enum.Parse<ExportFormat>(name);
        var history = new GeneratedHistory(10_000_000);
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: PipeBytes, resumeWriterThreshold: PipeBytes / 2, useSynchronizationContext: false));
        var export = WriteAsync(history, Plan(format, "car-1") with { WithOther = false }, pipe.Writer);
        await pipe.Reader.ReadAsync(Token);
        await pipe.Reader.CompleteAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => export);
        Assert.True(history.Rows <= 3 * ParquetExport.RowGroupSize);
    }

    [Fact]
    public async Task A_Parquet_file_that_was_left_unfinished_is_none()
    {
        var history = new GeneratedHistory(100_000);
        history.Reading = _ =>
        {
            if (history.Rows >= 50_000)
            {
                throw new IOException("The database is away.");
            }
        };
        using var output = new MemoryStream();
        await Assert.ThrowsAsync<IOException>(() => WriteAsync(history, Plan(ExportFormat.Parquet, "car-1"), PipeWriter.Create(output)));
        Assert.True(output.Length > 100_000);
        Assert.NotEqual("PAR1"u8.ToArray(), output.ToArray()[^4..]);
    }

    private static ExportPlan Plan(ExportFormat format, params string[] vehicleIds) =>
        new(format, [.. vehicleIds.Select((id, i) => new ExportVehicle(id, i + 1, default))], 0, long.MaxValue, SignalCatalogue.Signals, true);

    private static Task<byte[]> ExportAsync(ITelemetryStore store, ExportPlan plan) => ExportAsync(store, plan, _ => { }, int.MaxValue);

    /// <summary>Exports through a small pipe; shows each part to the reader and answers the last bytes.</summary>
    private static async Task<byte[]> ExportAsync(ITelemetryStore store, ExportPlan plan, Action<byte[]> read, int keep)
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: PipeBytes, resumeWriterThreshold: PipeBytes / 2, useSynchronizationContext: false));
        var export = CompleteAsync();
        using var kept = new MemoryStream();
        var last = Array.Empty<byte>();
        while (true)
        {
            var result = await pipe.Reader.ReadAsync(Token);
            foreach (var part in result.Buffer)
            {
                var bytes = part.ToArray();
                read(bytes);
                if (keep == int.MaxValue)
                {
                    kept.Write(bytes);
                }
                else
                {
                    last = [.. last.Concat(bytes).TakeLast(keep)];
                }
            }

            pipe.Reader.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
            {
                break;
            }
        }

        await export;
        return keep == int.MaxValue ? kept.ToArray() : last;

        async Task CompleteAsync()
        {
            try
            {
                await WriteAsync(store, plan, pipe.Writer);
            }
            finally
            {
                await pipe.Writer.CompleteAsync();
            }
        }
    }

    private static Task WriteAsync(ITelemetryStore store, ExportPlan plan, PipeWriter output) => Task.Run(async () =>
    {
        var body = new ExportBody(output, Token);
        IExportWriter writer = plan.Format == ExportFormat.Csv ? new CsvExport(plan, body) : await ParquetExport.CreateAsync(plan, body, Token);
        await foreach (var page in new ExportPages(store).ReadAsync(plan, (_, _) => Task.CompletedTask, Token))
        {
            await writer.WriteAsync(page);
        }

        await writer.CompleteAsync();
    });
}
