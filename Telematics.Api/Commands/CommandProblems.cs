using Telematics.Api.Problems;
using Telematics.Commands.Catalogue;

namespace Telematics.Api.Commands;

/// <summary>Errors that concern commands.</summary>
internal static class CommandProblems
{
    private const int MaxNamed = 20;

    public static ProblemResult NotFound(Guid id) =>
        ProblemResult.For(ProblemTypes.CommandNotFound, CommandParameters.Id.Name, "the id of a command", id.ToString());

    public static ProblemResult Ended(Guid id) =>
        new(ProblemTypes.CommandEnded, $"Command {id} has ended in all its vehicles; nothing is left to cancel.");

    public static ProblemResult KeyReused(Guid id) =>
        new(ProblemTypes.IdempotencyKeyReused, $"This Idempotency-Key ordered command {id} with another body; use a new key for a new order.");

    public static ProblemResult Invalid(IReadOnlyList<CommandError> errors) =>
        ProblemResult.For(ProblemTypes.InvalidRequest, [.. errors.Select(error => new FieldError
        {
            Field = error.Field == CommandParameters.IdempotencyKey.Name ? error.Field : $"$.{error.Field}",
            Message = error.Message,
        })]);

    public static ProblemResult UnknownVehicles(IReadOnlyList<string> vehicleIds) =>
        ProblemResult.For(
            ProblemTypes.UnknownVehicles,
            [.. vehicleIds.Take(MaxNamed).Select(id => FieldError.For("$.target.vehicleIds", $"ids of registered vehicles ({vehicleIds.Count} are not)", id))]);
}
