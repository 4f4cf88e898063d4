using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Telematics.Api.Authentication;
using Telematics.Api.Parameters;
using Telematics.Api.Problems;
using Telematics.Commands.Operations;

namespace Telematics.Api.Commands;

/// <summary>Commands.</summary>
internal static class CommandEndpoints
{
    // 10,000 vehicle ids of 64 characters, quoted, with room for the rest.
    private const int MaxBodyBytes = 1024 * 1024;

    public static void MapCommands(this IEndpointRouteBuilder api)
    {
        var commands = api.MapGroup("/commands").WithTags("Commands");
        commands.MapPost("/", CreateAsync)
            .WithName("createCommand")
            .WithSummary("Order a command")
            .WithDescription("For one vehicle, some, or all. The order is stored when this answers; `Location` shows how far it is. At most 1 MiB.")
            .WithParameters(CommandParameters.IdempotencyKey)
            .WithJsonBody<CommandRequest>(MaxBodyBytes)
            .WithProblems(ProblemTypes.InvalidJson, ProblemTypes.BodyTooLarge, ProblemTypes.UnsupportedMediaType, ProblemTypes.IdempotencyKeyReused, ProblemTypes.UnknownVehicles)
            .RequireAuthorization(ApiPolicies.Supervise);
        commands.MapGet("/", ListAsync)
            .WithName("listCommands")
            .WithSummary("List commands")
            .WithDescription("The newest first.")
            .WithParameters(CommandParameters.CommandState, CommonParameters.Limit, CommonParameters.Cursor)
            .WithProblems(ProblemTypes.InvalidCursor);
        commands.MapGet("/{commandId}", GetAsync)
            .WithName("getCommand")
            .WithSummary("Get a command")
            .WithDescription("With the number of its executions in each state.")
            .WithParameters(CommandParameters.Id)
            .WithProblems(ProblemTypes.CommandNotFound);
        commands.MapGet("/{commandId}/executions", ListExecutionsAsync)
            .WithName("listExecutions")
            .WithSummary("List a command's executions")
            .WithDescription("One for each vehicle, in the order in which the vehicles were registered.")
            .WithParameters(CommandParameters.Id, CommandParameters.ExecutionState, CommonParameters.Limit, CommonParameters.Cursor)
            .WithProblems(ProblemTypes.InvalidCursor, ProblemTypes.CommandNotFound);
        commands.MapPost("/{commandId}/cancel", CancelAsync)
            .WithName("cancelCommand")
            .WithSummary("Cancel a command")
            .WithDescription("Stops further delivery and withdraws what is on its way. What a vehicle already has, it may still carry out. No body; asking again changes nothing.")
            .WithParameters(CommandParameters.Id)
            .WithProblems(ProblemTypes.CommandNotFound, ProblemTypes.CommandEnded)
            .RequireAuthorization(ApiPolicies.Supervise);
    }

    private static async Task<Results<Accepted<CommandResponse>, ProblemResult>> CreateAsync(
        RequestReader request, CommandOperations operations, CancellationToken cancellationToken)
    {
        var key = CommandParameters.Unquote(request.Get(CommandParameters.IdempotencyKey));
        if (request.Problem is { } problem)
        {
            return problem;
        }

        var (body, bodyProblem) = await RequestBody.ReadAsync(request, cancellationToken);
        if (body is null)
        {
            return bodyProblem!;
        }

        var (order, orderProblem) = CommandBody.Read(body, ApiCaller.NameOf(request.Context.User), key);
        if (order is null)
        {
            return orderProblem!;
        }

        return await operations.CreateAsync(order, cancellationToken) switch
        {
            CommandOrderOutcome.Created created => Accepted(created.Command),
            CommandOrderOutcome.Repeated repeated => Accepted(repeated.Command),
            CommandOrderOutcome.KeyConflict conflict => CommandProblems.KeyReused(conflict.CommandId),
            CommandOrderOutcome.Invalid invalid => CommandProblems.Invalid(invalid.Errors),
            CommandOrderOutcome.UnknownVehicles unknown => CommandProblems.UnknownVehicles(unknown.VehicleIds),
            var outcome => throw new InvalidOperationException($"An outcome that the API does not know: {outcome}."),
        };
    }

    private static async Task<Results<Ok<PageResponse<CommandResponse>>, ProblemResult>> ListAsync(
        RequestReader request, CommandOperations operations, CancellationToken cancellationToken)
    {
        var state = request.Get(CommandParameters.CommandState);
        var limit = request.Get(CommonParameters.Limit);
        var cursor = request.Get(CommonParameters.Cursor);
        var (position, problem) = ReadPosition(request, cursor, $"commands\n{state}");
        if (problem is not null)
        {
            return problem;
        }

        var page = await operations.ListAsync(state, position, limit, cancellationToken);
        return TypedResults.Ok(new PageResponse<CommandResponse>([.. page.Items.Select(CommandResponse.From)], CreateCursor($"commands\n{state}", page.Next)));
    }

    private static async Task<Results<Ok<CommandResponse>, ProblemResult>> GetAsync(RequestReader request, CommandOperations operations, CancellationToken cancellationToken)
    {
        var id = request.Get(CommandParameters.Id);
        if (request.Problem is { } problem)
        {
            return problem;
        }

        return await operations.GetAsync(id, cancellationToken) is { } command
            ? TypedResults.Ok(CommandResponse.From(command))
            : CommandProblems.NotFound(id);
    }

    private static async Task<Results<Ok<PageResponse<ExecutionResponse>>, ProblemResult>> ListExecutionsAsync(
        RequestReader request, CommandOperations operations, CancellationToken cancellationToken)
    {
        var id = request.Get(CommandParameters.Id);
        var state = request.Get(CommandParameters.ExecutionState);
        var limit = request.Get(CommonParameters.Limit);
        var cursor = request.Get(CommonParameters.Cursor);
        var filter = $"executions\n{id}\n{state}";
        var (position, problem) = ReadPosition(request, cursor, filter);
        if (problem is not null)
        {
            return problem;
        }

        return await operations.GetExecutionsAsync(id, state, position, limit, cancellationToken) is { } page
            ? TypedResults.Ok(new PageResponse<ExecutionResponse>([.. page.Items.Select(ExecutionResponse.From)], CreateCursor(filter, page.Next)))
            : CommandProblems.NotFound(id);
    }

    private static async Task<Results<Accepted<CommandResponse>, ProblemResult>> CancelAsync(
        RequestReader request, CommandOperations operations, CancellationToken cancellationToken)
    {
        var id = request.Get(CommandParameters.Id);
        if (request.Problem is { } problem)
        {
            return problem;
        }

        return await operations.CancelAsync(id, ApiCaller.NameOf(request.Context.User), cancellationToken) switch
        {
            CancelOutcome.Canceling canceling => Accepted(canceling.Command),
            CancelOutcome.Ended => CommandProblems.Ended(id),
            _ => CommandProblems.NotFound(id),
        };
    }

    private static Accepted<CommandResponse> Accepted(CommandView command) =>
        TypedResults.Accepted($"{ApiRoutes.Version1}/commands/{command.Id}", CommandResponse.From(command));

    /// <summary>The number in a cursor of this filter; null at the beginning.</summary>
    internal static (long? Position, ProblemResult? Problem) ReadPosition(RequestReader request, string? cursor, string filter)
    {
        string? text = null;
        if ((request.Problem ?? Cursor.TryRead(cursor, filter, out text)) is { } problem)
        {
            return (null, problem);
        }

        return text is null ? (null, null)
            : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var position) ? (position, null)
            : (null, Cursor.Invalid(cursor!));
    }

    /// <summary>The cursor of the next page; null when there is none.</summary>
    internal static string? CreateCursor(string filter, long? next) =>
        next is { } position ? Cursor.Create(filter, position.ToString(CultureInfo.InvariantCulture)) : null;
}
