using Telematics.Storage.Maintenance;

namespace Telematics.Storage.Retention;

/// <summary>Keeps the divisions of the time series ahead of the rows that come.</summary>
internal sealed class PartitionsTask(ITimeDivision division) : IMaintenanceTask
{
    /// <inheritdoc/>
    public string Name => "partitions";

    /// <inheritdoc/>
    public string Schedule => "*/10 * * * *";

    /// <inheritdoc/>
    public Task RunAsync(CancellationToken cancellationToken) => division.PrepareAsync(cancellationToken);
}
