namespace Telematics.Api.Exports;

/// <summary>How an export ended.</summary>
internal enum ExportOutcome
{
    /// <summary>Whole.</summary>
    Completed,

    /// <summary>The caller left, its key was revoked, or the process stops.</summary>
    Aborted,

    /// <summary>The database or the server failed.</summary>
    Failed,
}
