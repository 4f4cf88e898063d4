using Microsoft.AspNetCore.Http.HttpResults;
using Telematics.Api.Parameters;
using Telematics.Api.Problems;
using Telematics.Api.Vehicles;
using Telematics.Commands.Catalogue;
using Telematics.Commands.Operations;

namespace Telematics.Api.Commands;

/// <summary>A vehicle's commands, and the types of commands.</summary>
internal static class VehicleCommandEndpoints
{
    // A command of 10,000 vehicles carries their ids: so many at a time are read at once.
    private const int Chunk = 50;

    public static void MapVehicleCommands(this IEndpointRouteBuilder api)
    {
        api.MapGroup("/vehicles/{vehicleId}/commands").WithTags("Commands").MapGet("/", ListAsync)
            .WithName("listVehicleCommands")
            .WithSummary("List a vehicle's commands")
            .WithDescription("The newest first, each with what became of it in this vehicle; also of a deleted vehicle.")
            .WithParameters(VehicleParameters.Id, CommonParameters.Limit, CommonParameters.Cursor)
            .WithProblems(ProblemTypes.InvalidCursor, ProblemTypes.VehicleNotFound);
        api.MapGroup("/command-types").WithTags("Commands").MapGet("/", ListTypes)
            .WithName("listCommandTypes")
            .WithSummary("List command types")
            .WithDescription("What can be ordered, with the JSON Schema of its parameters and its times to live.")
            .WithParameters();
    }

    private static async Task<Results<Ok<PageResponse<VehicleCommandResponse>>, ProblemResult>> ListAsync(
        RequestReader request, CommandOperations operations, CancellationToken cancellationToken)
    {
        var vehicleId = request.Get(VehicleParameters.Id)!;
        var limit = request.Get(CommonParameters.Limit);
        var cursor = request.Get(CommonParameters.Cursor);
        var filter = $"vehicle-commands\n{vehicleId}";
        var (position, problem) = CommandEndpoints.ReadPosition(request, cursor, filter);
        if (problem is not null)
        {
            return problem;
        }

        var items = new List<VehicleCommandResponse>();
        do
        {
            if (await operations.GetOfVehicleAsync(vehicleId, position, Math.Min(Chunk, limit - items.Count), cancellationToken) is not { } page)
            {
                return VehicleProblems.NotFound(vehicleId);
            }

            items.AddRange(page.Items.Select(item => new VehicleCommandResponse(CommandResponse.From(item.Command), ExecutionResponse.From(item.Execution))));
            position = page.Next;
        }
        while (position is not null && items.Count < limit);
        return TypedResults.Ok(new PageResponse<VehicleCommandResponse>(items, CommandEndpoints.CreateCursor(filter, position)));
    }

    private static Results<Ok<PageResponse<CommandTypeResponse>>, ProblemResult> ListTypes(RequestReader request, CommandCatalogue catalogue) =>
        request.Problem is { } problem
            ? problem
            : TypedResults.Ok(new PageResponse<CommandTypeResponse>([.. catalogue.Types.Select(CommandTypeResponse.From)], null));
}
