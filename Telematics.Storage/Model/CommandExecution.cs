namespace Telematics.Storage.Model;

/// <summary>A command for one vehicle. Key: (<see cref="CommandOrder"/>, <see cref="VehicleKey"/>).</summary>
public sealed class CommandExecution
{
    /// <summary><see cref="Command.Order"/>.</summary>
    public long CommandOrder { get; set; }

    /// <summary><see cref="Vehicle.Id"/>.</summary>
    public long VehicleKey { get; set; }

    public ExecutionState State { get; set; }

    /// <summary>Grows with each arrow: the compare-and-set.</summary>
    public int Version { get; set; }

    /// <summary>Number of the newest delivery attempt; 0 before the first.</summary>
    public int Attempt { get; set; }

    /// <summary>The gateway instance that the newest attempt went to.</summary>
    public string? Instance { get; set; }

    /// <summary>
    /// What is due at this moment depends on the state: release, back-off, delivery timeout, execution timeout. Null:
    /// created = an earlier order goes first, queued = waits for the car's connect event, sent = the command's
    /// <see cref="Command.BroadcastDeadline"/> holds.
    /// </summary>
    public DateTime? Deadline { get; set; }

    /// <summary>Whether it travels one by one: always for a command that is no broadcast, for a broadcast's once its one message did not reach the car.</summary>
    public bool IsDirected { get; set; }

    /// <summary>The server ended it by itself: a result of the car still replaces that end.</summary>
    public bool IsSoft { get; set; }

    /// <summary>Percent, as the car said.</summary>
    public int? Progress { get; set; }

    /// <summary>Code of the result, or <c>$…</c> for reasons of the server.</summary>
    public string? Code { get; set; }

    public string? Message { get; set; }

    /// <summary>Result of the car as JSON.</summary>
    public string? Result { get; set; }

    /// <summary>The result came after the server had ended the execution by itself.</summary>
    public bool IsLate { get; set; }

    public DateTime UpdatedAt { get; set; }
}

/// <summary>States of an execution; see the command documentation for the arrows.</summary>
public enum ExecutionState
{
    /// <summary>The row exists, not yet released (an earlier order is not delivered).</summary>
    Created,

    /// <summary>Released, waiting for the car or for its turn.</summary>
    Queued,

    /// <summary>On its way: claimed for an attempt.</summary>
    Sent,

    /// <summary>PUBACK.</summary>
    Delivered,

    /// <summary>The car took the order.</summary>
    Accepted,

    /// <summary>The car is at it.</summary>
    InProgress,

    /// <summary>Final: done.</summary>
    Succeeded,

    /// <summary>Final when the car said so, soft when attempts were used up.</summary>
    Failed,

    /// <summary>Final: refused by the car.</summary>
    Rejected,

    /// <summary>Soft: the time to live passed before delivery.</summary>
    Expired,

    /// <summary>Soft: delivered, but no result in time.</summary>
    TimedOut,

    /// <summary>Withdrawn; soft when it had been appended.</summary>
    Canceled,
}
