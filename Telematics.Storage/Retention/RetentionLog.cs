using Microsoft.Extensions.Logging;

namespace Telematics.Storage.Retention;

internal static partial class RetentionLog // 5500-5599; next free 5505
{
    [LoggerMessage(5500, LogLevel.Information, "Retention removed: {Removed}")]
    public static partial void Removed(this ILogger logger, string removed);

    [LoggerMessage(5501, LogLevel.Information, "Retention is at {Table}: {Rows} rows removed so far")]
    public static partial void RemovedSoFar(this ILogger logger, string table, long rows);

    [LoggerMessage(5502, LogLevel.Information, "Table {Table}: {Count} partitions of {Length} made, up to {End:u}")]
    public static partial void PartitionsMade(this ILogger logger, string table, int count, TimeSpan length, DateTime end);

    [LoggerMessage(5503, LogLevel.Information, "Table {Table} is in use; its partitions are looked after at the next time")]
    public static partial void TableInUse(this ILogger logger, string table);

    [LoggerMessage(5504, LogLevel.Information, "Table {Table}: chunks have the length {Length} from now on")]
    public static partial void ChunkLengthSet(this ILogger logger, string table, TimeSpan length);
}
