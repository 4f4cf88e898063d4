namespace Telematics.Storage.Consumers;

/// <summary>What one step of a pass did.</summary>
internal enum PassStep
{
    /// <summary>Nothing was there within the wait, or nothing had to be committed.</summary>
    Idle,

    /// <summary>A batch was committed.</summary>
    Applied,

    /// <summary>A part of a message was committed; the next begins with a new pass.</summary>
    Part,

    /// <summary>The condemned message was put into <c>telemetry_rejected</c>.</summary>
    SetAside,

    /// <summary>Another owner has moved the offset: everything in memory is stale.</summary>
    Lost,
}
