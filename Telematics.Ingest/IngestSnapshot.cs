namespace Telematics.Ingest;

/// <summary>What Ingest has done since the process started, and how far behind it is.</summary>
/// <param name="Messages">Messages taken, rejected and repeated ones included.</param>
/// <param name="Rows">Samples stored.</param>
/// <param name="RollupOnly">Samples older than samples are kept: added to the rollups, and not stored themselves.</param>
/// <param name="Duplicates">Messages left out because their car had sent them before.</param>
/// <param name="Unjudged">Messages stored although their number is older than the window of duplicates.</param>
/// <param name="Rejected">Messages and samples that were not accepted.</param>
/// <param name="LagMessages">Messages in the log that are not yet stored.</param>
/// <param name="LagSeconds">Age of the last stored message of the queue that is furthest behind; 0 when nothing waits.</param>
public readonly record struct IngestSnapshot(long Messages, long Rows, long RollupOnly, long Duplicates, long Unjudged, long Rejected, long LagMessages, double LagSeconds);
