using Telematics.Storage.Model;

namespace Telematics.Commands.Executions;

/// <summary>An execution as it was read, with what the rules need of its command.</summary>
internal sealed record ExecutionRow
{
    public required long CommandOrder { get; init; }

    public required long VehicleKey { get; init; }

    public required ExecutionState State { get; init; }

    public required int Version { get; init; }

    public required int Attempt { get; init; }

    public required bool IsDirected { get; init; }

    public required bool IsSoft { get; init; }

    /// <summary>Type of the command.</summary>
    public required string CommandType { get; init; }

    /// <summary>State of the command.</summary>
    public required CommandState CommandState { get; init; }

    public required bool IsBroadcast { get; init; }

    /// <summary>End of the command's time to live.</summary>
    public required DateTime NotAfter { get; init; }

    /// <summary>What the rules look at.</summary>
    public ExecutionStanding Standing => new(State, IsSoft, IsBroadcast, WasAppended: Attempt > 0);
}
