namespace Telematics.Storage.Retention;

/// <summary>Removes commands that ended long ago: events first, then executions, the command itself last, so that a run that is cut short leaves none without its command.</summary>
internal sealed class CommandRemoval(ITelematicsDatabase database)
{
    // Completed and Canceled; which they are does not change while the run lasts, since their end is long ago.
    private const string Old = """SELECT "order" FROM command WHERE state IN (1, 3) AND completed_at < @before ORDER BY "order" LIMIT 200""";
    private const string DeleteEvents = $"DELETE FROM command_event WHERE id IN (SELECT id FROM command_event WHERE command_order IN ({Old}) LIMIT @limit)";
    private const string DeleteExecutions = $"DELETE FROM command_execution WHERE (command_order, vehicle_key) IN (SELECT command_order, vehicle_key FROM command_execution WHERE command_order IN ({Old}) LIMIT @limit)";
    private const string DeleteCommands = $"""DELETE FROM command WHERE "order" IN ({Old}) AND @limit > 0""";

    /// <summary>Removes those that ended before a time.</summary>
    public async Task RunAsync(DateTime before, RetentionProgress progress, CancellationToken cancellationToken)
    {
        while (await StepAsync(before, progress, cancellationToken))
        {
        }
    }

    /// <returns>Whether there may be more.</returns>
    private async Task<bool> StepAsync(DateTime before, RetentionProgress progress, CancellationToken cancellationToken)
    {
        await using var session = await database.BeginWriteAsync(cancellationToken);
        var events = await BatchRemoval.ExecuteAsync(session, DeleteEvents, cancellationToken, ("@before", before));
        var executions = events < BatchRemoval.Rows ? await BatchRemoval.ExecuteAsync(session, DeleteExecutions, cancellationToken, ("@before", before)) : 0;
        var isCleared = events < BatchRemoval.Rows && executions < BatchRemoval.Rows;
        var commands = isCleared ? await BatchRemoval.ExecuteAsync(session, DeleteCommands, cancellationToken, ("@before", before)) : 0;
        await session.CommitAsync(cancellationToken);
        progress.Rows("command_event", events);
        progress.Rows("command_execution", executions);
        progress.Rows("command", commands);
        return !isCleared || commands > 0;
    }
}
