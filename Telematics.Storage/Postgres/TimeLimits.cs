namespace Telematics.Storage.Postgres;

/// <summary>The times that both PostgreSQL and .NET have: the years 1 to 9999, in microseconds since 1970-01-01 UTC.</summary>
internal static class TimeLimits
{
    public const long Smallest = -62_135_596_800_000_000;

    public const long Greatest = 253_402_300_799_999_999;
}
