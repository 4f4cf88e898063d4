using Microsoft.AspNetCore.Http.HttpResults;
using Telematics.Api.Authentication;
using Telematics.Api.Erasures;
using Telematics.Api.Live;
using Telematics.Api.Parameters;
using Telematics.Api.Problems;
using Telematics.Storage.Registry;

namespace Telematics.Api.Vehicles;

/// <summary>The registry.</summary>
internal static class VehicleEndpoints
{
    public static void MapVehicles(this IEndpointRouteBuilder api)
    {
        var vehicles = api.MapGroup("/vehicles").WithTags("Vehicles");
        vehicles.MapGet("/", ListAsync)
            .WithName("listVehicles")
            .WithSummary("List vehicles")
            .WithDescription("Registered vehicles in the order of their ids.")
            .WithParameters(VehicleParameters.State, VehicleParameters.Query, CommonParameters.Limit, CommonParameters.Cursor)
            .WithProblems(ProblemTypes.InvalidCursor);
        vehicles.MapGet("/{vehicleId}", GetAsync)
            .WithName("getVehicle")
            .WithSummary("Get a vehicle")
            .WithDescription("What is registered of it, whether it is connected, and the time of its newest state.")
            .WithParameters(VehicleParameters.Id)
            .WithProblems(ProblemTypes.VehicleNotFound);
        vehicles.MapPut("/{vehicleId}", PutAsync)
            .WithName("putVehicle")
            .WithSummary("Register or change a vehicle")
            .WithDescription("Replaces all details; a member that is absent is cleared. A deleted vehicle is put back, without a newest state until it reports; one that is being erased is refused until that is completed.")
            .WithParameters(VehicleParameters.Id)
            .WithJsonBody<VehicleRequest>(64 * 1024)
            .WithProblems(ProblemTypes.InvalidJson, ProblemTypes.BodyTooLarge, ProblemTypes.UnsupportedMediaType, ProblemTypes.ErasureRunning)
            .RequireAuthorization(ApiPolicies.Administer);
        vehicles.MapDelete("/{vehicleId}", DeleteAsync)
            .WithName("deleteVehicle")
            .WithSummary("Delete a vehicle")
            .WithDescription("Ends its connection, revokes its credential and keeps its late messages out until the next put.")
            .WithParameters(VehicleParameters.Id)
            .WithProblems(ProblemTypes.VehicleNotFound)
            .RequireAuthorization(ApiPolicies.Administer);
    }

    private static async Task<Results<Ok<PageResponse<VehicleResponse>>, ProblemResult>> ListAsync(
        RequestReader request, VehicleReads reads, LiveView live, CancellationToken cancellationToken)
    {
        var state = request.Get(VehicleParameters.State);
        var query = request.Get(VehicleParameters.Query);
        var limit = request.Get(CommonParameters.Limit);
        var cursor = request.Get(CommonParameters.Cursor);
        string? after = null;
        var filter = $"vehicles\n{state}\n{query}";
        if ((request.Problem ?? Cursor.TryRead(cursor, filter, out after)) is { } problem)
        {
            return problem;
        }

        if (state is not null && !live.IsReady)
        {
            return VehicleProblems.LiveViewLoading();
        }

        var (vehicles, next) = await reads.ListAsync(state, query, after, limit, cancellationToken);
        return TypedResults.Ok(new PageResponse<VehicleResponse>(vehicles, next is null ? null : Cursor.Create(filter, next)));
    }

    private static async Task<Results<Ok<VehicleResponse>, ProblemResult>> GetAsync(
        RequestReader request, VehicleRegistry registry, VehicleReads reads, CancellationToken cancellationToken)
    {
        var vehicleId = request.Get(VehicleParameters.Id)!;
        if (request.Problem is { } problem)
        {
            return problem;
        }

        return await registry.GetAsync(vehicleId, cancellationToken) is { } vehicle
            ? TypedResults.Ok((await reads.DescribeAsync([vehicle], cancellationToken))[0])
            : VehicleProblems.NotFound(vehicleId);
    }

    private static async Task<Results<Ok<VehicleResponse>, Created<VehicleResponse>, ProblemResult>> PutAsync(
        RequestReader request, VehicleRegistry registry, VehicleReads reads, CancellationToken cancellationToken)
    {
        var vehicleId = request.Get(VehicleParameters.Id)!;
        if (request.Problem is { } problem)
        {
            return problem;
        }

        var (body, bodyProblem) = await RequestBody.ReadAsync(request, cancellationToken);
        if (body is null)
        {
            return bodyProblem!;
        }

        var (details, detailsProblem) = VehicleBody.Read(body);
        if (details is null)
        {
            return detailsProblem!;
        }

        var put = await registry.PutAsync(vehicleId, details, ApiCaller.NameOf(request.Context.User), cancellationToken);
        if (put.RefusedBy is { } erasure)
        {
            return ErasureProblems.Running(vehicleId, erasure);
        }

        var response = (await reads.DescribeAsync([put.Vehicle], cancellationToken))[0];
        return put.IsNew
            ? TypedResults.Created($"{ApiRoutes.Version1}/vehicles/{Uri.EscapeDataString(vehicleId)}", response)
            : TypedResults.Ok(response);
    }

    private static async Task<Results<NoContent, ProblemResult>> DeleteAsync(RequestReader request, VehicleRegistry registry, CancellationToken cancellationToken)
    {
        var vehicleId = request.Get(VehicleParameters.Id)!;
        if (request.Problem is { } problem)
        {
            return problem;
        }

        return await registry.DeleteAsync(vehicleId, ApiCaller.NameOf(request.Context.User), cancellationToken)
            ? TypedResults.NoContent()
            : VehicleProblems.NotFound(vehicleId);
    }
}
