using Telematics.Storage;
using Telematics.Storage.Retention;
using Telematics.Storage.Rollups;
using Telematics.Storage.Sqlite;
using Xunit;

namespace Telematics.Tests.Storage.Retention;

public sealed class SqliteRetentionTests : RetentionCompliance
{
    private TestDatabase _database = null!;

    protected override ITelematicsDatabase Database => _database.Database;

    private protected override ITimeDivision Division => new SqliteTimeDivision(_database.Database);

    protected override ITelemetryStore Store => _database.Store;

    private protected override IRollupStore RollupStore { get; } = new SqliteRollupStore();

    public override async ValueTask InitializeAsync() => _database = await TestDatabase.CreateAsync(Clock);

    public override ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Samples_of_more_vehicles_than_one_step_looks_at_go_all_the_same()
    {
        await AddVehiclesAsync(1_203);
        await AddSamplesAsync(Clock.GetUtcNow().UtcDateTime.AddDays(-31));
        await AddSamplesAsync(Clock.GetUtcNow().UtcDateTime.AddDays(-32));
        await AddSamplesAsync(Clock.GetUtcNow().UtcDateTime.AddDays(-29));
        await RunAsync(new RetentionOptions());
        Assert.Equal(1_203, await CountAsync("telemetry"));
    }
}
