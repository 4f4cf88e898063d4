namespace Telematics.IntegrationTests.Postgres;

/// <summary>The servers that tests run against.</summary>
public enum PostgresKind
{
    /// <summary>PostgreSQL without TimescaleDB.</summary>
    Plain,

    /// <summary>PostgreSQL with TimescaleDB.</summary>
    Timescale,
}
