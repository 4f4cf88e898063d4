using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Telematics.Api.Live;
using Telematics.Api.Parameters;
using Telematics.Api.Problems;
using Telematics.Api.Vehicles;

namespace Telematics.Api.Telemetry;

/// <summary>Newest states, from the live view.</summary>
internal static class LatestEndpoints
{
    public static void MapLatest(this IEndpointRouteBuilder api) =>
        api.MapGroup("/telemetry").WithTags("Telemetry").MapGet("/latest", List)
            .WithName("listLatest")
            .WithSummary("Newest states")
            .WithDescription("The newest state of the vehicles in a rectangle, or of some vehicles: give `bbox` or `vehicleIds`. Milliseconds behind what vehicles report; vehicles that are not registered are left out.")
            .WithParameters(VehicleParameters.BoundingBox, VehicleParameters.Ids, CommonParameters.Limit, CommonParameters.Cursor)
            .WithProblems(ProblemTypes.InvalidCursor);

    private static Results<Ok<PageResponse<LatestResponse>>, ProblemResult> List(RequestReader request, LatestReads reads, LiveView live)
    {
        var box = request.Get(VehicleParameters.BoundingBox);
        var ids = request.Get(VehicleParameters.Ids);
        var limit = request.Get(CommonParameters.Limit);
        var cursor = request.Get(CommonParameters.Cursor);
        VehicleParameters.CheckBoxOrIds(request, box, ids);
        string? after = null;
        var filter = box is { } b
            ? string.Create(CultureInfo.InvariantCulture, $"latest\nbbox\n{b.West:R},{b.South:R},{b.East:R},{b.North:R}")
            : $"latest\nids\n{string.Join(',', ids ?? [])}";
        if ((request.Problem ?? Cursor.TryRead(cursor, filter, out after)) is { } problem)
        {
            return problem;
        }

        if (!live.IsReady)
        {
            return VehicleProblems.LiveViewLoading();
        }

        if (box is { } rectangle)
        {
            var (vehicles, next) = reads.List(rectangle, after, limit);
            return Page(vehicles, next is null ? null : Cursor.Create(filter, next));
        }

        var found = live.Get(ids!.Where(id => after is null || string.CompareOrdinal(id, after) > 0).Order(StringComparer.Ordinal).Take(limit + 1));
        var page = found.Take(limit).ToList();
        return Page(page, found.Count > limit ? Cursor.Create(filter, page[^1].VehicleId) : null);
    }

    private static Ok<PageResponse<LatestResponse>> Page(IReadOnlyList<LiveVehicle> vehicles, string? next) =>
        TypedResults.Ok(new PageResponse<LatestResponse>([.. vehicles.Select(vehicle => LatestResponse.From(vehicle))], next));
}
