using Microsoft.AspNetCore.Http.HttpResults;
using Telematics.Api.Authentication;
using Telematics.Api.Parameters;
using Telematics.Api.Problems;
using Telematics.Api.Vehicles;
using Telematics.Messaging;
using Telematics.Storage.Erasures;
using Telematics.Storage.Maintenance;
using Telematics.Storage.Model;
using Telematics.Storage.Registry;

namespace Telematics.Api.Erasures;

/// <summary>Erasing what is known of a vehicle, and how far that is.</summary>
internal static class ErasureEndpoints
{
    public static void MapErasures(this IEndpointRouteBuilder api)
    {
        api.MapPost("/vehicles/{vehicleId}/erase", EraseAsync)
            .WithTags("Erasures")
            .WithName("eraseVehicle")
            .WithSummary("Erase a vehicle")
            .WithDescription(
                "Deletes the vehicle, registered or already deleted, with everything that is known of it: history, commands, rejected messages, details. `Location` shows how far it is. No body; asking again answers the same operation (200) until the vehicle is registered anew.")
            .WithParameters(VehicleParameters.Id)
            .WithProblems(ProblemTypes.VehicleNotFound)
            .RequireAuthorization(ApiPolicies.Administer);
        var erasures = api.MapGroup("/erasures").WithTags("Erasures").RequireAuthorization(ApiPolicies.Administer);
        erasures.MapGet("/", ListAsync)
            .WithName("listErasures")
            .WithSummary("List erasures")
            .WithDescription("The newest first.")
            .WithParameters(ErasureParameters.State, CommonParameters.Limit, CommonParameters.Cursor)
            .WithProblems(ProblemTypes.InvalidCursor);
        erasures.MapGet("/{erasureId}", GetAsync)
            .WithName("getErasure")
            .WithSummary("Get an erasure")
            .WithDescription("With the rows that it has erased so far.")
            .WithParameters(ErasureParameters.Id)
            .WithProblems(ProblemTypes.ErasureNotFound);
    }

    /// <summary>Where an erasure is shown.</summary>
    public static string PathOf(Guid id) => $"{ApiRoutes.Version1}/erasures/{id}";

    private static async Task<Results<Accepted<ErasureResponse>, Ok<ErasureResponse>, ProblemResult>> EraseAsync(
        RequestReader request, VehicleRegistry registry, CancellationToken cancellationToken)
    {
        var vehicleId = request.Get(VehicleParameters.Id)!;
        if (request.Problem is { } problem)
        {
            return problem;
        }

        if (await registry.EraseAsync(vehicleId, ApiCaller.NameOf(request.Context.User), cancellationToken) is not { } erase)
        {
            return ErasureProblems.UnknownVehicle(vehicleId);
        }

        if (erase.Erasure.State == ErasureState.Running)
        {
            // Without one, the task's own schedule brings it.
            request.Context.RequestServices.GetService<IMaintenanceTrigger>()?.RunSoon(VehicleErasures.TaskName);
        }

        var response = Describe(request, erase.Erasure);
        return erase.IsNew ? TypedResults.Accepted(PathOf(erase.Erasure.Id), response) : TypedResults.Ok(response);
    }

    private static async Task<Results<Ok<PageResponse<ErasureResponse>>, ProblemResult>> ListAsync(
        RequestReader request, VehicleErasures erasures, CancellationToken cancellationToken)
    {
        var state = request.Get(ErasureParameters.State);
        var limit = request.Get(CommonParameters.Limit);
        var cursor = request.Get(CommonParameters.Cursor);
        var filter = $"erasures\n{state}";
        string? text = null;
        if ((request.Problem ?? Cursor.TryRead(cursor, filter, out text)) is { } problem)
        {
            return problem;
        }

        Guid? before = null;
        if (text is not null)
        {
            if (!Guid.TryParseExact(text, "N", out var position))
            {
                return Cursor.Invalid(cursor!);
            }

            before = position;
        }

        var found = await erasures.ListAsync(state, before, limit + 1, cancellationToken);
        var page = found.Take(limit).Select(erasure => Describe(request, erasure)).ToList();
        return TypedResults.Ok(new PageResponse<ErasureResponse>(page, found.Count > limit ? Cursor.Create(filter, page[^1].Id.ToString("N")) : null));
    }

    private static async Task<Results<Ok<ErasureResponse>, ProblemResult>> GetAsync(
        RequestReader request, VehicleErasures erasures, CancellationToken cancellationToken)
    {
        var id = request.Get(ErasureParameters.Id);
        if (request.Problem is { } problem)
        {
            return problem;
        }

        return await erasures.GetAsync(id, cancellationToken) is { } erasure
            ? TypedResults.Ok(Describe(request, erasure))
            : ErasureProblems.NotFound(id);
    }

    private static ErasureResponse Describe(RequestReader request, Erasure erasure) =>
        ErasureResponse.From(erasure, request.Context.RequestServices.GetService<IMessageLog>()?.LongestRetention);
}
