namespace Telematics.Storage.Retention;

/// <summary>Removes rows in steps of a short write transaction each, so that whoever writes waits for one step at most.</summary>
internal sealed class BatchRemoval(ITelematicsDatabase database)
{
    /// <summary>Rows of one step: some 10 ms on either database.</summary>
    public const int Rows = 2_000;

    /// <summary>Repeats a statement until it finds fewer rows than it may take.</summary>
    /// <param name="table">The table, for the progress.</param>
    /// <param name="sql">A DELETE of at most <c>@limit</c> rows.</param>
    /// <param name="progress">Hears of each step.</param>
    /// <param name="cancellationToken">Ends it between two steps.</param>
    /// <param name="parameters">The statement's other parameters.</param>
    public async Task RunAsync(string table, string sql, RetentionProgress progress, CancellationToken cancellationToken, params (string Name, object Value)[] parameters)
    {
        int removed;
        do
        {
            await using var session = await database.BeginWriteAsync(cancellationToken);
            removed = await ExecuteAsync(session, sql, cancellationToken, parameters);
            await session.CommitAsync(cancellationToken);
            progress.Rows(table, removed);
        }
        while (removed == Rows);
    }

    /// <summary>One step within a transaction.</summary>
    /// <returns>Rows removed.</returns>
    public static async Task<int> ExecuteAsync(WriteSession session, string sql, CancellationToken cancellationToken, params (string Name, object Value)[] parameters)
    {
        await using var command = session.CreateCommand(sql);
        command.AddParameter("@limit", (long)Rows);
        foreach (var (name, value) in parameters)
        {
            command.AddParameter(name, value);
        }

        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
