using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Telematics.Api.Parameters;
using Telematics.Api.Problems;
using Telematics.Api.Vehicles;
using Telematics.Contracts.Telemetry;
using Telematics.Storage.Registry;

namespace Telematics.Api.Telemetry;

/// <summary>What a vehicle reported.</summary>
internal static class HistoryEndpoints
{
    private static readonly DurationParameter Step = new(
        "step", "Sum up per step of this length: count, min, max, avg and last of each signal. Steps begin at multiples of the length since 1970-01-01 UTC; those without a sample are left out. Each also tells distance, energy, and first and last position. A page covers at most 7 days; 31 days when only `Vehicle.Speed` is asked in steps of whole minutes, 366 in steps of whole hours, which then come from rollups. Times whose samples are no longer kept have only what rollups hold, in steps of whole minutes.", TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));

    public static void MapHistory(this IEndpointRouteBuilder api) =>
        api.MapGroup("/vehicles/{vehicleId}/telemetry").WithTags("Telemetry").MapGet("/", ListAsync)
            .WithName("listTelemetry")
            .WithSummary("Read a vehicle's telemetry")
            .WithDescription("Samples in the order of their device time, or summed up per `step`.")
            .WithParameters(VehicleParameters.Id, TelemetryParameters.From, TelemetryParameters.To, TelemetryParameters.Signals, Step, CommonParameters.Limit, CommonParameters.Cursor)
            .WithProblems(ProblemTypes.InvalidCursor, ProblemTypes.VehicleNotFound);

    private static async Task<Results<Ok<TelemetryPageResponse>, ProblemResult>> ListAsync(
        RequestReader request, VehicleRegistry registry, HistoryReads reads, TimeProvider clock, CancellationToken cancellationToken)
    {
        var vehicleId = request.Get(VehicleParameters.Id)!;
        var from = request.Get(TelemetryParameters.From);
        var to = request.Get(TelemetryParameters.To);
        var signals = request.Get(TelemetryParameters.Signals);
        var step = request.Get(Step);
        var limit = request.Get(CommonParameters.Limit);
        var cursor = request.Get(CommonParameters.Cursor);
        var range = TelemetryParameters.Range(request, from, to, clock);
        string? text = null;
        var filter = string.Create(CultureInfo.InvariantCulture, $"telemetry\n{vehicleId}\n{from:O}\n{to:O}\n{string.Join(',', signals ?? [])}\n{step}");
        if ((request.Problem ?? Cursor.TryRead(cursor, filter, out text)) is { } problem)
        {
            return problem;
        }

        var position = text is null ? HistoryPosition.Begin(range.From, range.To) : HistoryPosition.Parse(text);
        if (position is null)
        {
            return Cursor.Invalid(cursor!);
        }

        if (await registry.GetAsync(vehicleId, cancellationToken) is not { } vehicle)
        {
            return VehicleProblems.NotFound(vehicleId);
        }

        var indices = signals?.Select(path => SignalCatalogue.ByPath[path].Index).ToList();
        try
        {
            var (page, next) = step is { } length
                ? await reads.ReadStepsAsync(vehicle.Id, position, indices, length, limit, cancellationToken)
                : await reads.ReadSamplesAsync(vehicle.Id, position, indices, limit, cancellationToken);
            return TypedResults.Ok(new TelemetryPageResponse(page.Items, next is null ? null : Cursor.Create(filter, next.ToString()), TelemetryPageResponse.NameOf(page.Source)));
        }
        catch (FormatException) when (cursor is not null)
        {
            return Cursor.Invalid(cursor);
        }
    }
}
