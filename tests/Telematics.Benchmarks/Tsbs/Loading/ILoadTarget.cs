using Telematics.Benchmarks.Tsbs.Generation;

namespace Telematics.Benchmarks.Tsbs.Loading;

/// <summary>Tables that the points are loaded into.</summary>
internal interface ILoadTarget : IAsyncDisposable
{
    /// <summary>Name in tables.</summary>
    string Name { get; }

    /// <summary>Makes the tables.</summary>
    Task CreateAsync(CancellationToken cancellationToken);

    /// <summary>Divides the points into batches; runs on one thread beside the workers.</summary>
    IEnumerable<LoadBatch> Divide(TsbsFilter points, int size);

    /// <summary>Writes one; many at a time.</summary>
    Task WriteAsync(LoadBatch batch, CancellationToken cancellationToken);

    /// <summary>What is left to do, not measured with the load: statistics, and remarks to print.</summary>
    Task FinishAsync(CancellationToken cancellationToken);
}
