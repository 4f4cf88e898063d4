using Microsoft.EntityFrameworkCore;
using Telematics.Tests.Ingest;
using Telematics.Tests.Storage;
using Xunit;

namespace Telematics.IntegrationTests.Postgres;

// The linked suites of Ingest once more, on TimescaleDB.

[Trait(TestDatabase.TimescaleTrait, "")]
public sealed class TimescaleAcceptanceTests : AcceptanceTests
{
    [Fact]
    public async Task Their_telemetry_is_a_hypertable()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var db = database.Database.CreateReader();
        Assert.Contains("telemetry", await db.Database.SqlQuery<string>($"SELECT hypertable_name::text AS \"Value\" FROM timescaledb_information.hypertables").ToListAsync(TestContext.Current.CancellationToken));
    }
}

[Trait(TestDatabase.TimescaleTrait, "")]
public sealed class TimescaleExactlyOnceTests : ExactlyOnceTests;

[Trait(TestDatabase.TimescaleTrait, "")]
public sealed class TimescaleHardCaseTests : HardCaseTests;

[Trait(TestDatabase.TimescaleTrait, "")]
public sealed class TimescaleLateSampleTests : LateSampleTests;
