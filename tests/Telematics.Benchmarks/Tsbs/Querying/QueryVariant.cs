namespace Telematics.Benchmarks.Tsbs.Querying;

/// <summary>Ways to ask the same.</summary>
internal enum QueryVariant
{
    /// <summary>TSBS's tables, TSBS's shape of SQL, its mistakes included.</summary>
    Parity,

    /// <summary>TSBS's tables, mistakes corrected.</summary>
    Corrected,

    /// <summary>Our tables, <c>telemetry</c> alone.</summary>
    Raw,

    /// <summary>Our tables with <c>telemetry_1m</c>, where that answers exactly.</summary>
    Rollups,
}
