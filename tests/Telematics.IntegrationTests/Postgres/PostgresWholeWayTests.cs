using Telematics.IntegrationTests.Host;

namespace Telematics.IntegrationTests.Postgres;

public abstract class PostgresWholeWayTests(PostgresKind kind) : WholeWaySuite
{
    private protected override async ValueTask<HostProcess> CreateHostAsync(params string[] settings) => await PostgresTestDatabase.CreateHostAsync(kind, settings);
}

public sealed class PlainWholeWayTests() : PostgresWholeWayTests(PostgresKind.Plain);

public sealed class TimescaleWholeWayTests() : PostgresWholeWayTests(PostgresKind.Timescale);
