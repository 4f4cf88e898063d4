using Telematics.Commands.Operations;

namespace Telematics.Api.Commands;

/// <summary>Executions of a command by state.</summary>
internal sealed record CommandCountsResponse
{
    /// <summary>Not yet released: an earlier order of the vehicle is not delivered.</summary>
    public required long Created { get; init; }

    /// <summary>Released, waiting for the vehicle.</summary>
    public required long Queued { get; init; }

    /// <summary>On its way to the vehicle.</summary>
    public required long Sent { get; init; }

    /// <summary>The vehicle has it.</summary>
    public required long Delivered { get; init; }

    /// <summary>The vehicle took the order.</summary>
    public required long Accepted { get; init; }

    /// <summary>The vehicle is at it.</summary>
    public required long InProgress { get; init; }

    /// <summary>Done.</summary>
    public required long Succeeded { get; init; }

    /// <summary>Tried and not done, or not delivered in all attempts.</summary>
    public required long Failed { get; init; }

    /// <summary>Refused by the vehicle.</summary>
    public required long Rejected { get; init; }

    /// <summary>Not delivered in its time to live.</summary>
    public required long Expired { get; init; }

    /// <summary>Delivered, but no result in time.</summary>
    public required long TimedOut { get; init; }

    /// <summary>Withdrawn.</summary>
    public required long Canceled { get; init; }

    public static CommandCountsResponse From(CommandCounts counts) => new()
    {
        Created = counts.Created,
        Queued = counts.Queued,
        Sent = counts.Sent,
        Delivered = counts.Delivered,
        Accepted = counts.Accepted,
        InProgress = counts.InProgress,
        Succeeded = counts.Succeeded,
        Failed = counts.Failed,
        Rejected = counts.Rejected,
        Expired = counts.Expired,
        TimedOut = counts.TimedOut,
        Canceled = counts.Canceled,
    };
}
