namespace Telematics.Commands.Operations;

/// <summary>What became of a cancel.</summary>
public abstract record CancelOutcome
{
    private CancelOutcome()
    {
    }

    /// <summary>Nobody knows such a command.</summary>
    public sealed record NotFound : CancelOutcome;

    /// <summary>Every execution has already come to its end.</summary>
    public sealed record Ended(CommandView Command) : CancelOutcome;

    /// <summary>It is being canceled, by this call or by an earlier one.</summary>
    public sealed record Canceling(CommandView Command) : CancelOutcome;
}
