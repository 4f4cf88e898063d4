namespace Telematics.Benchmarks.Tsbs.Querying;

/// <summary>One of TSBS's queries.</summary>
/// <param name="Name">TSBS's name.</param>
/// <param name="Window">Length of its window; zero = it has none.</param>
/// <param name="IsHeavy">Whether it reads all rows of a table.</param>
/// <param name="Parity">TSBS's tables, TSBS's shape.</param>
/// <param name="Raw">Our tables.</param>
internal sealed record QueryKind(string Name, TimeSpan Window, bool IsHeavy, Func<QueryParameters, string> Parity, Func<QueryParameters, string> Raw)
{
    /// <summary>TSBS's tables, mistakes corrected; null = there are none.</summary>
    public Func<QueryParameters, string>? Corrected { get; init; }

    /// <summary>Our tables with the rollups; null = they do not have the answer.</summary>
    public Func<QueryParameters, string>? Rollups { get; init; }

    /// <summary>What is corrected.</summary>
    public string? Remark { get; init; }

    /// <summary>The text of a variant; null when there is none of its own.</summary>
    public string? Sql(QueryVariant variant, QueryParameters parameters) => (variant switch
    {
        QueryVariant.Parity => Parity,
        QueryVariant.Corrected => Corrected,
        QueryVariant.Raw => Raw,
        _ => Rollups,
    })?.Invoke(parameters);
}
