namespace Telematics.Storage.Model;

/// <summary>What a supervisor ordered. The counts are kept incrementally.</summary>
public sealed class Command
{
    /// <summary>Primary key, and the growing order number that cars compare.</summary>
    public long Order { get; set; }

    /// <summary>Public id, a UUIDv7; unique.</summary>
    public Guid Id { get; set; }

    /// <summary>Type from the catalogue.</summary>
    public required string Type { get; set; }

    /// <summary>Parameters as JSON.</summary>
    public required string Parameters { get; set; }

    /// <summary>The target as it was ordered, as JSON.</summary>
    public required string Target { get; set; }

    /// <summary>Whether it travels as one message for all.</summary>
    public bool IsBroadcast { get; set; }

    public CommandState State { get; set; }

    public DateTime CreatedAt { get; set; }

    /// <summary>End of the time to live.</summary>
    public DateTime NotAfter { get; set; }

    /// <summary>When the last execution reached its end; null before.</summary>
    public DateTime? CompletedAt { get; set; }

    /// <summary>Name of the API key that ordered it, or <c>anonymous</c>.</summary>
    public required string CreatedBy { get; set; }

    public string? IdempotencyKey { get; set; }

    /// <summary>SHA-256 of the request body; another body under the same key is refused.</summary>
    public byte[]? RequestHash { get; set; }

    /// <summary>When its release was complete: every execution has its row and a broadcast's message is stored; null before.</summary>
    public DateTime? ReleasedAt { get; set; }

    /// <summary>A broadcast's release: the highest <see cref="Vehicle.Id"/> that has its execution.</summary>
    public long ReleaseCursor { get; set; }

    /// <summary>A broadcast's release: the highest <see cref="Vehicle.Id"/> when it began; null before.</summary>
    public long? ReleaseEnd { get; set; }

    /// <summary>Delivery timeout of a broadcast's one message, for every execution that it carries; null before the claim and when it has been applied.</summary>
    public DateTime? BroadcastDeadline { get; set; }

    /// <summary>Who asked for the cancel.</summary>
    public string? CanceledBy { get; set; }

    /// <summary>When the cancel had reached every execution and gateways were asked to withdraw; null before.</summary>
    public DateTime? WithdrawnAt { get; set; }

    /// <summary>When the end of the time to live had reached every execution that waited; null before.</summary>
    public DateTime? ExpiredAt { get; set; }

    public long CountCreated { get; set; }

    public long CountQueued { get; set; }

    public long CountSent { get; set; }

    public long CountDelivered { get; set; }

    public long CountAccepted { get; set; }

    public long CountInProgress { get; set; }

    public long CountSucceeded { get; set; }

    public long CountFailed { get; set; }

    public long CountRejected { get; set; }

    public long CountExpired { get; set; }

    public long CountTimedOut { get; set; }

    public long CountCanceled { get; set; }
}

/// <summary>States of a command that are reachable without schedule, approval and rollout.</summary>
public enum CommandState
{
    /// <summary>Executions are under way.</summary>
    Running,

    /// <summary>Every execution has ended.</summary>
    Completed,

    /// <summary>A cancel was asked for; executions may still end by themselves.</summary>
    Canceling,

    /// <summary>Canceled, and every execution has ended.</summary>
    Canceled,
}
