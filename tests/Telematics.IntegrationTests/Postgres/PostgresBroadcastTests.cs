using Telematics.IntegrationTests.Host;

namespace Telematics.IntegrationTests.Postgres;

public abstract class PostgresBroadcastTests(PostgresKind kind) : BroadcastSuite
{
    private protected override async ValueTask<HostProcess> CreateHostAsync(params string[] settings) => await PostgresTestDatabase.CreateHostAsync(kind, settings);
}

public sealed class PlainBroadcastTests() : PostgresBroadcastTests(PostgresKind.Plain);

public sealed class TimescaleBroadcastTests() : PostgresBroadcastTests(PostgresKind.Timescale);
