namespace Telematics.Storage.Model;

/// <summary>The erasure of everything that is known of one vehicle: an operation that goes on after a restart.</summary>
public sealed class Erasure
{
    /// <summary>Public id, a UUIDv7; primary key.</summary>
    public Guid Id { get; set; }

    /// <summary><see cref="Vehicle.Id"/>.</summary>
    public long VehicleKey { get; set; }

    /// <summary><see cref="Vehicle.VehicleId"/>; stays, so that late messages are refused.</summary>
    public required string VehicleId { get; set; }

    public ErasureState State { get; set; }

    /// <summary>What is erased at the moment.</summary>
    public ErasureStep Step { get; set; }

    /// <summary>Rows of <c>telemetry</c> erased so far.</summary>
    public long TelemetryRows { get; set; }

    /// <summary>Rows of the rollups erased so far.</summary>
    public long RollupRows { get; set; }

    /// <summary>Executions of commands, their events, and commands for this vehicle alone, erased so far.</summary>
    public long CommandRows { get; set; }

    /// <summary>Rows of <c>telemetry_rejected</c> erased so far.</summary>
    public long RejectedRows { get; set; }

    /// <summary>Name of the API key that asked for it, or <c>anonymous</c>.</summary>
    public required string RequestedBy { get; set; }

    public DateTime RequestedAt { get; set; }

    public DateTime? CompletedAt { get; set; }

    /// <summary>How often it failed so far.</summary>
    public int Failures { get; set; }

    /// <summary>Why it failed the last time; null when it never did, or is completed.</summary>
    public string? LastFailure { get; set; }

    /// <summary>When it is gone on with at the earliest after a failure; null = at once, or completed.</summary>
    public DateTime? RetryAt { get; set; }
}

/// <summary>States of an erasure.</summary>
public enum ErasureState
{
    /// <summary>Under way, or waiting to be gone on with.</summary>
    Running,

    /// <summary>Nothing of the vehicle is left in the database but its tombstone.</summary>
    Completed,
}

/// <summary>What an erasure does, in this order.</summary>
public enum ErasureStep
{
    /// <summary>Rows of <c>telemetry</c>.</summary>
    History,

    /// <summary>Rows of the rollups.</summary>
    Rollups,

    /// <summary>Executions and events; commands for this vehicle alone.</summary>
    Commands,

    /// <summary>Rows of <c>telemetry_rejected</c>.</summary>
    Rejected,

    /// <summary>Newest state, connection, credentials, and the details of the tombstone.</summary>
    Registry,
}
