using Telematics.Commands.Catalogue;

namespace Telematics.Commands.Operations;

/// <summary>What became of an order.</summary>
public abstract record CommandOrderOutcome
{
    private CommandOrderOutcome()
    {
    }

    /// <summary>It is in the database, and on its way.</summary>
    public sealed record Created(CommandView Command) : CommandOrderOutcome;

    /// <summary>The same key came with the same body before: this is the command of then, as it is now.</summary>
    public sealed record Repeated(CommandView Command) : CommandOrderOutcome;

    /// <summary>The same key came with another body before; nothing was ordered.</summary>
    public sealed record KeyConflict(Guid CommandId) : CommandOrderOutcome;

    /// <summary>The order is wrong; nothing was ordered.</summary>
    public sealed record Invalid(IReadOnlyList<CommandError> Errors) : CommandOrderOutcome;

    /// <summary>Some vehicles are not registered; nothing was ordered.</summary>
    public sealed record UnknownVehicles(IReadOnlyList<string> VehicleIds) : CommandOrderOutcome;
}
