namespace Telematics.Benchmarks.Database;

/// <summary>Keeps benchmarks from dropping tables that are not theirs: one of their tables says that a database is theirs.</summary>
internal static class BenchmarkTables
{
    /// <summary>Drops all tables of a database that a load has marked; an empty one is fine, too.</summary>
    /// <param name="database">The database.</param>
    /// <param name="mark">Name of the table that marks it.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="BenchmarkException">There are tables, and not the one that marks them.</exception>
    public static async Task MakeRoomAsync(BenchmarkDatabase database, string mark, CancellationToken cancellationToken)
    {
        var tables = await ListAsync(database, cancellationToken);
        if (tables.Count > 0 && !tables.Contains(mark))
        {
            throw new BenchmarkException($"--database: {database.Facts.Database} has tables that this benchmark has not made, such as {tables[0]}. Give it a database of its own: it drops all tables.");
        }

        // The mark last: what was interrupted can be done again.
        foreach (var table in tables.Where(table => table != mark).Append(mark))
        {
            await database.ExecuteAsync($"DROP TABLE IF EXISTS \"{table}\" CASCADE", cancellationToken);
        }
    }

    private static async Task<List<string>> ListAsync(BenchmarkDatabase database, CancellationToken cancellationToken)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancellationToken);
        await using var command = connection.Command(
            """
            SELECT c.relname FROM pg_class c
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
            """);
        var tables = new List<string>();
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            tables.Add(rows.GetString(0));
        }

        return tables;
    }
}
