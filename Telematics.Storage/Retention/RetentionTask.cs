using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Telematics.Storage.Maintenance;
using Telematics.Storage.Model;

namespace Telematics.Storage.Retention;

/// <summary>Removes what is older than <see cref="RetentionOptions"/> says, every hour.</summary>
internal sealed class RetentionTask(
    ITelematicsDatabase database,
    ITimeDivision division,
    IRawHorizon rawHorizon,
    IOptions<RetentionOptions> options,
    RetentionMetrics metrics,
    TimeProvider clock,
    ILogger<RetentionTask> logger) : IMaintenanceTask
{
    private const int TrimmedRangeDays = 365;

    // Who follows the changes begins behind the newest, which therefore stays; a consumer with a stored position may be
    // far behind, and one without has read nothing.
    private const string DeleteRegistryChanges =
        $"""
         DELETE FROM registry_change WHERE number IN (
             SELECT number FROM registry_change
             WHERE at < @before
               AND number < (SELECT max(number) FROM registry_change)
               AND number <= (SELECT coalesce(min(next_offset), 0) FROM consumer_offset WHERE broker = '{ConsumerOffset.DatabaseBroker}' AND topic = 'registry_change')
             ORDER BY number LIMIT @limit)
         """;

    private const string DeleteRejected = "DELETE FROM telemetry_rejected WHERE id IN (SELECT id FROM telemetry_rejected WHERE stored_at < @before ORDER BY id LIMIT @limit)";
    private const string DeleteTrimmedRanges = "DELETE FROM trimmed_range WHERE id IN (SELECT id FROM trimmed_range WHERE at < @before ORDER BY id LIMIT @limit)";

    private readonly RetentionOptions _options = options.Value;

    /// <inheritdoc/>
    public string Name => "retention";

    /// <inheritdoc/>
    public string Schedule => "7 * * * *";

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var progress = new RetentionProgress(metrics, clock, logger);
        try
        {
            await RemoveTimeSeriesAsync(progress, cancellationToken);
            await RemoveOthersAsync(progress, cancellationToken);
        }
        finally
        {
            progress.Tell();
        }
    }

    private async Task RemoveTimeSeriesAsync(RetentionProgress progress, CancellationToken cancellationToken)
    {
        if (WholeHourBefore(_options.TelemetryDays) is { } rawFrom)
        {
            await rawHorizon.MoveRawFromAsync(rawFrom, cancellationToken);
            await division.RemoveBeforeAsync(TimeSeriesTables.Telemetry, rawFrom, progress, cancellationToken);
        }

        if (WholeHourBefore(_options.MinuteRollupDays) is { } minutesFrom)
        {
            await division.RemoveBeforeAsync(TimeSeriesTables.Minutes, minutesFrom, progress, cancellationToken);
        }

        if (WholeHourBefore(_options.HourRollupDays) is { } hoursFrom)
        {
            await division.RemoveBeforeAsync(TimeSeriesTables.Hours, hoursFrom, progress, cancellationToken);
        }
    }

    private async Task RemoveOthersAsync(RetentionProgress progress, CancellationToken cancellationToken)
    {
        var removal = new BatchRemoval(database);
        if (_options.RejectedDays > 0)
        {
            await removal.RunAsync("telemetry_rejected", DeleteRejected, progress, cancellationToken, ("@before", Before(_options.RejectedDays)));
        }

        if (_options.CommandDays > 0)
        {
            await new CommandRemoval(database).RunAsync(Before(_options.CommandDays), progress, cancellationToken);
        }

        if (_options.RegistryChangeDays > 0)
        {
            await removal.RunAsync("registry_change", DeleteRegistryChanges, progress, cancellationToken, ("@before", Before(_options.RegistryChangeDays)));
        }

        await removal.RunAsync("trimmed_range", DeleteTrimmedRanges, progress, cancellationToken, ("@before", Before(TrimmedRangeDays)));
    }

    private DateTime Before(int days) => clock.GetUtcNow().UtcDateTime.AddDays(-days);

    /// <summary>Null = kept for ever.</summary>
    private DateTime? WholeHourBefore(int days)
    {
        if (days == 0)
        {
            return null;
        }

        var before = Before(days);
        return before.AddTicks(-(before.Ticks % TimeSpan.TicksPerHour));
    }
}
