using System.Data.Common;
using Telematics.Contracts;

namespace Telematics.Storage.Rollups;

/// <summary><c>rollup_progress</c> (<see cref="Model.RollupProgress"/>) in microseconds since 1970-01-01 UTC.</summary>
/// <param name="NotedBefore">Ingest notes the hour of every sample before this.</param>
/// <param name="RolledUpTo">Every minute before this has its bucket, but for the noted hours.</param>
/// <param name="RawFrom">Samples before this are in the rollups only.</param>
internal readonly record struct RollupState(long NotedBefore, long RolledUpTo, long RawFrom)
{
    /// <summary>Reads it.</summary>
    /// <param name="command">A command with the text of <see cref="RollupSql.SelectProgress"/>, or with a lock beside.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    public static async ValueTask<RollupState> ReadAsync(DbCommand command, CancellationToken cancellationToken)
    {
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken)
            ? new RollupState(row.GetUnixMicroseconds(0), row.GetUnixMicroseconds(1), row.GetUnixMicroseconds(2))
            : throw new InvalidOperationException("The database has no row in rollup_progress, which its migration puts there.");
    }

    /// <summary>Reads it in a transaction.</summary>
    public static async ValueTask<RollupState> ReadAsync(WriteSession session, CancellationToken cancellationToken)
    {
        await using var command = session.CreateCommand(RollupSql.SelectProgress);
        return await ReadAsync(command, cancellationToken);
    }

    /// <summary>Stores it.</summary>
    public async ValueTask WriteAsync(WriteSession session, CancellationToken cancellationToken)
    {
        await using var command = session.CreateCommand("UPDATE rollup_progress SET noted_before = @notedBefore, rolled_up_to = @rolledUpTo, raw_from = @rawFrom");
        command.AddParameter("@notedBefore", UnixTime.ToDateTime(NotedBefore));
        command.AddParameter("@rolledUpTo", UnixTime.ToDateTime(RolledUpTo));
        command.AddParameter("@rawFrom", UnixTime.ToDateTime(RawFrom));
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
