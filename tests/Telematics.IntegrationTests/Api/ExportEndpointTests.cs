using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Parquet;
using Telematics.Storage;
using Telematics.Storage.Model;
using Telematics.Storage.Registry;
using Xunit;

namespace Telematics.IntegrationTests.Api;

public sealed class ExportEndpointTests(ApiServerFixture fixture)
{
    private const string Range = "from=2025-11-24T00:00:00Z&to=2026-11-24T00:00:00Z";

    private readonly HttpClient _client = fixture.Server.Client;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Both_formats_have_what_the_history_of_the_vehicles_has()
    {
        var (first, second) = (await StoreAsync(3), await StoreAsync(2));
        using var csv = await _client.GetAsync($"telemetry/export?vehicles={second},{first}&{Range}", Token);
        Assert.Equal(HttpStatusCode.OK, csv.StatusCode);
        Assert.Equal("text/csv; charset=utf-8; header=present", csv.Content.Headers.ContentType?.ToString());
        Assert.Equal("telemetry-20251124T000000Z-20261124T000000Z.csv", csv.Content.Headers.ContentDisposition?.FileName?.Trim('"'));
        var rows = CsvText.Parse(await csv.Content.ReadAsStringAsync(Token));
        Assert.Equal([second, second, first, first, first], rows.Skip(1).Select(row => row[0]));

        using var parquet = await _client.GetAsync($"telemetry/export?vehicles={second},{first}&{Range}&format=parquet", Token);
        Assert.Equal("application/vnd.apache.parquet", parquet.Content.Headers.ContentType?.ToString());
        await using var reader = await ParquetReader.CreateAsync(new MemoryStream(await parquet.Content.ReadAsByteArrayAsync(Token)), cancellationToken: Token);
        var columns = await ParquetRows.ReadAsync(reader);
        Assert.Equal(rows[0], columns.Keys);
        Assert.Equal(rows.Skip(1).Select(row => row[0]), columns["vehicleId"]);
        Assert.Equal([0.0, 79.19, 0.0, 79.19, 158.38], columns["Vehicle.Speed"].Select(value => Math.Round((double)value!, 2)));
        Assert.Equal(["0", "79.19", "0", "79.19", "158.38"], rows.Skip(1).Select(row => row[Array.IndexOf(rows[0], "Vehicle.Speed")]));
    }

    [Fact]
    public async Task One_vehicle_has_a_resource_of_its_own_and_its_name_in_the_file_name()
    {
        var id = await StoreAsync(1);
        using var response = await _client.GetAsync($"vehicles/{id}/telemetry/export?{Range}&signals=Vehicle.Speed", Token);
        Assert.Equal($"telemetry-{id}-20251124T000000Z-20261124T000000Z.csv", response.Content.Headers.ContentDisposition?.FileName?.Trim('"'));
        Assert.Equal($"vehicleId,time,storedAt,Vehicle.Speed\r\n{id},2025-11-24T16:00:00.000007Z,2025-11-24T16:00:00.500000Z,0\r\n", await response.Content.ReadAsStringAsync(Token));
    }

    [Theory]
    [InlineData("telemetry/export", "vehicles")]
    [InlineData("telemetry/export?vehicles=", "vehicles")]
    [InlineData("telemetry/export?vehicles=a,a", "vehicles")]
    [InlineData("telemetry/export?vehicles=a%20b", "vehicles")]
    [InlineData("telemetry/export?vehicles=a&format=xlsx", "format")]
    [InlineData("telemetry/export?vehicles=a&from=2026-01-31T08:00:00Z&to=2026-01-31T08:00:00Z", "from")]
    [InlineData("telemetry/export?vehicles=a&signals=Vehicle.Unknown", "signals")]
    [InlineData("telemetry/export?vehicles=a&limit=5", "limit")]
    [InlineData("vehicles/a/telemetry/export?vehicles=b", "vehicles")]
    public async Task Bad_queries_are_refused_by_parameter(string path, string field)
    {
        using var response = await _client.GetAsync(path, Token);
        (await response.ProblemAsync(400, "invalid-request", Token)).Error(field);
    }

    [Fact]
    public async Task Unknown_and_deleted_vehicles_are_named_before_the_first_byte()
    {
        var known = await StoreAsync(1);
        var deleted = ApiServerFixture.NextId();
        await fixture.Server.RegisterAsync(deleted, Token);
        await fixture.Server.Services.GetRequiredService<VehicleRegistry>().DeleteAsync(deleted, "test", Token);
        using var response = await _client.GetAsync($"telemetry/export?vehicles={known},nobody-1,{deleted}&{Range}", Token);
        var problem = await response.ProblemAsync(404, "vehicle-not-found", Token);
        Assert.Equal(["nobody-1", deleted], problem.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("value").GetString()));
        Assert.Null(response.Content.Headers.ContentDisposition);
        using var one = await _client.GetAsync($"vehicles/nobody-1/telemetry/export?{Range}", Token);
        (await one.ProblemAsync(404, "vehicle-not-found", Token)).Error("vehicleId");
    }

    [Theory]
    [InlineData(",")]
    [InlineData("%2C")]
    public async Task A_thousand_vehicles_with_the_longest_ids_fit_and_one_more_is_refused(string separator)
    {
        var ids = Enumerable.Range(0, 1_001).Select(i => i.ToString("D64", System.Globalization.CultureInfo.InvariantCulture)).ToList();
        using var fits = await _client.GetAsync($"telemetry/export?vehicles={string.Join(separator, ids.Take(1_000))}&{Range}", Token);
        await fits.ProblemAsync(404, "vehicle-not-found", Token);
        using var tooMany = await _client.GetAsync($"telemetry/export?vehicles={string.Join(separator, ids)}&{Range}", Token);
        (await tooMany.ProblemAsync(400, "invalid-request", Token)).Error("vehicles");
    }

    [Theory]
    [InlineData("csv")]
    [InlineData("parquet")]
    public async Task A_caller_that_leaves_ends_the_export_and_frees_its_place(string format)
    {
        var history = new GeneratedHistory(int.MaxValue);
        await using var server = await StartAsync(history, ("Telematics:Api:MaxExports", "1"));
        using (var response = await server.Client.GetAsync($"telemetry/export?vehicles=car-1&{Range}&format={format}", HttpCompletionOption.ResponseHeadersRead, Token))
        {
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            await using var body = await response.Content.ReadAsStreamAsync(Token);
            await body.ReadExactlyAsync(new byte[1_000], Token);

            using var second = await server.Client.GetAsync($"telemetry/export?vehicles=car-1&{Range}", Token);
            await second.ProblemAsync(503, "too-many-exports", Token);
            Assert.Equal(TimeSpan.FromSeconds(1), second.Headers.RetryAfter?.Delta);
        }

        while (true)
        {
            // The place comes back when the server has noticed; the test's own time is the limit.
            using var next = await server.Client.GetAsync($"vehicles/car-1/telemetry/export?{Range}", HttpCompletionOption.ResponseHeadersRead, Token);
            if (next.StatusCode == HttpStatusCode.OK)
            {
                break;
            }

            await Task.Delay(20, Token);
        }
    }

    [Theory]
    [InlineData("csv")]
    [InlineData("parquet")]
    public async Task A_failure_half_way_cuts_the_connection(string format)
    {
        var history = new GeneratedHistory(300_000);
        history.Reading = _ =>
        {
            if (history.Rows >= 100_000)
            {
                throw new IOException("The database is away.");
            }
        };
        await using var server = await StartAsync(history);
        using var response = await server.Client.GetAsync($"telemetry/export?vehicles=car-1&{Range}&format={format}", HttpCompletionOption.ResponseHeadersRead, Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await Assert.ThrowsAnyAsync<Exception>(() => response.Content.ReadAsByteArrayAsync(Token));
        Assert.False(Token.IsCancellationRequested);
    }

    [Fact]
    public async Task A_failure_before_the_first_byte_is_a_problem()
    {
        var history = new GeneratedHistory(1) { Reading = _ => throw new IOException("The database is away.") };
        await using var server = await StartAsync(history);
        using var response = await server.Client.GetAsync($"telemetry/export?vehicles=car-1&{Range}", Token);
        await response.ProblemAsync(503, "unavailable", Token);
        Assert.Null(response.Content.Headers.ContentDisposition);
    }

    [Fact]
    public async Task A_viewer_may_export_until_its_key_is_revoked()
    {
        var history = new GeneratedHistory(int.MaxValue);
        await using var server = await StartAsync(history, ("Telematics:Api:Authentication", "ApiKey"));
        using var refused = await server.Client.GetAsync($"telemetry/export?vehicles=car-1&{Range}", Token);
        await refused.ProblemAsync(401, "unauthenticated", Token);

        var keys = server.Services.GetRequiredService<ApiKeys>();
        using var viewer = server.ClientWith((await keys.CreateAsync("viewer", ApiRole.Viewer, Token))!);
        using var response = await viewer.GetAsync($"telemetry/export?vehicles=car-1&{Range}", HttpCompletionOption.ResponseHeadersRead, Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await keys.RevokeAsync("viewer", Token);
        await using var body = await response.Content.ReadAsStreamAsync(Token);
        await Assert.ThrowsAnyAsync<IOException>(() => body.CopyToAsync(Stream.Null, Token));
    }

    [Fact]
    public async Task The_export_of_a_vehicle_that_is_erased_meanwhile_is_cut()
    {
        var history = new GeneratedHistory(10_000);
        await using var server = await StartAsync(history);
        var registry = server.Services.GetRequiredService<VehicleRegistry>();
        var reads = 0;
        history.Reading = _ =>
        {
            if (++reads == 3)
            {
                Task.Run(() => registry.EraseAsync("car-1", "test", Token), Token).GetAwaiter().GetResult();
            }
        };
        using var response = await server.Client.GetAsync($"telemetry/export?vehicles=car-1&{Range}", HttpCompletionOption.ResponseHeadersRead, Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await using var body = await response.Content.ReadAsStreamAsync(Token);
        await Assert.ThrowsAnyAsync<IOException>(() => body.CopyToAsync(Stream.Null, Token));
        Assert.Equal(3, reads);
    }

    [Fact]
    public async Task An_export_does_not_go_on_with_a_vehicle_that_was_deleted_and_put_back_meanwhile()
    {
        var history = new GeneratedHistory(10_000);
        await using var server = await StartAsync(history);
        var registry = server.Services.GetRequiredService<VehicleRegistry>();
        var reads = 0;
        history.Reading = _ =>
        {
            if (++reads == 3)
            {
                Task.Run(
                    async () =>
                    {
                        await registry.DeleteAsync("car-1", "test", Token);
                        await registry.PutAsync("car-1", new VehicleDetails(null, null, null, null, null), "test", Token);
                    },
                    Token).GetAwaiter().GetResult();
            }
        };
        using var response = await server.Client.GetAsync($"telemetry/export?vehicles=car-1&{Range}", HttpCompletionOption.ResponseHeadersRead, Token);
        await using var body = await response.Content.ReadAsStreamAsync(Token);
        await Assert.ThrowsAnyAsync<IOException>(() => body.CopyToAsync(Stream.Null, Token));
        Assert.Equal(3, reads);
    }

    private static async Task<ApiServer> StartAsync(ITelemetryStore store, params (string Key, string Value)[] settings)
    {
        var server = await ApiServer.StartAsync(services => services.Replace(ServiceDescriptor.Singleton(store)), Token, settings);
        await server.Services.GetRequiredService<VehicleRegistry>().PutAsync("car-1", new VehicleDetails(null, null, null, null, null), "test", Token);
        return server;
    }

    private async Task<string> StoreAsync(int count)
    {
        var id = ApiServerFixture.NextId();
        await fixture.Server.RegisterAsync(id, Token);
        var key = (await fixture.Server.Services.GetRequiredService<VehicleRegistry>().GetAsync(id, Token))!.Id;
        await using var session = await fixture.Server.Database.BeginWriteAsync(Token);
        var rows = Enumerable.Range(0, count).Select(i =>
        {
            var sample = GeneratedHistory.Sample(i);
            return new TelemetryRow { VehicleKey = key, Time = sample.Time, StoredAt = sample.StoredAt, Values = sample.Values };
        }).ToArray();
        await fixture.Server.Services.GetRequiredService<ITelemetryStore>().WriteAsync(rows, ReadOnlyMemory<byte>.Empty, session, Token);
        await session.CommitAsync(Token);
        return id;
    }
}
