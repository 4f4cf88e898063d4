using Telematics.Storage.Maintenance;

namespace Telematics.Storage.Rollups;

/// <summary>Brings the rollups up to date every five minutes.</summary>
internal sealed class RollupTask(TelemetryRollups rollups) : IMaintenanceTask
{
    /// <inheritdoc/>
    public string Name => "rollups";

    /// <inheritdoc/>
    public string Schedule => "*/5 * * * *";

    /// <inheritdoc/>
    public Task RunAsync(CancellationToken cancellationToken) => rollups.RefreshAsync(cancellationToken);
}
