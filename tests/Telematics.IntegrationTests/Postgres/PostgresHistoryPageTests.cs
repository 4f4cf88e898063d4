using System.Text;
using Telematics.Contracts.Telemetry;
using Telematics.Storage;
using Xunit;

namespace Telematics.IntegrationTests.Postgres;

/// <summary>Pages of history where PostgreSQL could be led astray.</summary>
public sealed class PostgresHistoryPageTests
{
    private const long From = 1_790_000_000_000_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_page_is_cut_where_other_signals_written_out_become_very_long()
    {
        // jsonb writes 1e308 out: 309 digits for the 5 characters that the car sent.
        const int rows = 20;
        await using var database = await PostgresTestDatabase.CreateAsync(PostgresKind.Plain);
        var other = Encoding.UTF8.GetBytes($$"""{"Vehicle.X":[{{string.Join(',', Enumerable.Repeat("1e308", 10_000))}}]}""");
        await using (var session = await database.Database.BeginWriteAsync(Cancel))
        {
            var written = Enumerable.Range(0, rows)
                .Select(i => new TelemetryRow { VehicleKey = 1, Time = From + i, StoredAt = From, Values = SignalValues.None, OtherStart = 0, OtherLength = other.Length })
                .ToArray();
            await database.Store.WriteAsync(written, other, session, Cancel);
            await session.CommitAsync(Cancel);
        }

        var times = new List<long>();
        var query = new HistoryQuery(1, From, From + rows, 1_000) { WithOther = true };
        do
        {
            var page = await database.Store.ReadHistoryAsync(query, Cancel);
            Assert.InRange(page.Items.Sum(sample => (long)sample.Other!.Length), 1, 20_000_000);
            times.AddRange(page.Items.Select(sample => sample.Time));
            query = query with { Cursor = page.NextCursor };
        }
        while (query.Cursor is not null);

        Assert.Equal(Enumerable.Range(0, rows).Select(i => From + i), times);
    }
}
