using Telematics.Storage.Model;

namespace Telematics.Commands.Executions;

/// <summary>One arrow to be written: a compare-and-set on the row as it was read.</summary>
internal sealed record ExecutionChange
{
    /// <summary>The execution as it was read.</summary>
    public required ExecutionRow Row { get; init; }

    public required ExecutionArrow Arrow { get; init; }

    /// <summary>Who caused it.</summary>
    public required string Actor { get; init; }

    /// <summary>One word or a code, for the event.</summary>
    public string? Reason { get; init; }

    /// <summary>The new deadline.</summary>
    public DateTime? Deadline { get; init; }

    /// <summary>Code to be kept on the execution.</summary>
    public string? Code { get; init; }

    /// <summary>What the car said beside its state.</summary>
    public CarWords? Words { get; init; }

    /// <summary>From where, for the counts.</summary>
    public ExecutionState From => Row.State;

    /// <summary>Where to.</summary>
    public ExecutionState To => Arrow.To;
}

/// <summary>What a car's message or PUBACK brings beside the state.</summary>
/// <param name="Progress">Percent.</param>
/// <param name="Message">Text for people.</param>
/// <param name="Result">JSON.</param>
internal sealed record CarWords(int? Progress, string? Message, string? Result);
