namespace Telematics.Storage.Postgres;

/// <summary>What divides the tables of time series.</summary>
internal enum PostgresEdition
{
    /// <summary>No TimescaleDB: declarative partitions.</summary>
    Plain,

    /// <summary>TimescaleDB, Apache-2.0 edition: hypertables.</summary>
    TimescaleApache,

    /// <summary>TimescaleDB, Community edition (Timescale License): hypertables and the columnstore.</summary>
    TimescaleCommunity,
}
