using Telematics.Api.Parameters;
using Telematics.Api.Problems;
using Telematics.Api.Telemetry;
using Telematics.Api.Vehicles;
using Telematics.Contracts;
using Telematics.Contracts.Telemetry;
using Telematics.Storage;
using Telematics.Storage.Registry;

namespace Telematics.Api.Exports;

/// <summary>Histories as files.</summary>
internal static class ExportEndpoints
{
    /// <summary>The most vehicles of one export.</summary>
    public const int MaxVehicles = 1_000;

    /// <summary>Bytes of a request line that names so many vehicles with the longest ids, their separators escaped (%2C).</summary>
    public const int MaxRequestLine = 72 * 1_024;

    private static readonly ListParameter Vehicles = new(
        "vehicles", "Whose history, one after the other in this order.", $"vehicle ids ({VehicleParameters.IdPattern})", MaxVehicles, VehicleId.MaxLength, id => VehicleId.IsValid(id))
    {
        IsRequired = true,
        ItemPattern = VehicleParameters.IdPattern,
    };

    private static readonly ChoiceParameter<ExportFormat> Format = new("format", "The form of the file; CSV when absent.") { Default = ExportFormat.Csv };

    public static void MapExports(this IEndpointRouteBuilder api)
    {
        api.MapGroup("/telemetry/export").WithTags("Telemetry").MapGet("/", ExportListAsync)
            .WithName("exportTelemetry")
            .WithSummary("Export the telemetry of vehicles as a file")
            .Describe("Samples vehicle by vehicle")
            .WithParameters(Vehicles, TelemetryParameters.From, TelemetryParameters.To, TelemetryParameters.Signals, Format);
        api.MapGroup("/vehicles/{vehicleId}/telemetry/export").WithTags("Telemetry").MapGet("/", ExportOneAsync)
            .WithName("exportVehicleTelemetry")
            .WithSummary("Export a vehicle's telemetry as a file")
            .Describe("Samples")
            .WithParameters(VehicleParameters.Id, TelemetryParameters.From, TelemetryParameters.To, TelemetryParameters.Signals, Format);
    }

    private static RouteHandlerBuilder Describe(this RouteHandlerBuilder endpoint, string what) => endpoint
        .WithDescription($"{what} in the order of their device time, as CSV (RFC 4180, header row) or Parquet: `vehicleId`, `time`, `storedAt`, a column for each signal by its path, and without `signals` a column `other` with the signals that have no column, as JSON. Empty (null) is not reported. An answer whose connection is cut is not whole.")
        .Produces<Stream>(StatusCodes.Status200OK, ExportResult.CsvType, ExportResult.ParquetType)
        .WithProblems(ProblemTypes.VehicleNotFound, ProblemTypes.TooManyExports);

    private static Task<IResult> ExportListAsync(RequestReader request, ITelematicsDatabase database, TimeProvider clock, CancellationToken cancellationToken) =>
        ExportAsync(request, Vehicles.Name, request.Get(Vehicles) ?? [], database, clock, cancellationToken);

    private static Task<IResult> ExportOneAsync(RequestReader request, ITelematicsDatabase database, TimeProvider clock, CancellationToken cancellationToken) =>
        ExportAsync(request, VehicleParameters.Id.Name, [request.Get(VehicleParameters.Id)!], database, clock, cancellationToken);

    private static async Task<IResult> ExportAsync(
        RequestReader request, string field, IReadOnlyList<string> ids, ITelematicsDatabase database, TimeProvider clock, CancellationToken cancellationToken)
    {
        var format = request.Get(Format)!.Value;
        var signals = request.Get(TelemetryParameters.Signals)?.Select(path => SignalCatalogue.ByPath[path]).ToList();
        var (from, to) = TelemetryParameters.Range(request, request.Get(TelemetryParameters.From), request.Get(TelemetryParameters.To), clock);
        if (request.Problem is { } problem)
        {
            return problem;
        }

        await using var db = database.CreateReader();
        var found = await VehicleRegistry.FindAsync(db, ids, cancellationToken);
        var vehicles = found.Where(vehicle => vehicle.DeletedAt is null).ToDictionary(vehicle => vehicle.VehicleId, vehicle => new ExportVehicle(vehicle.VehicleId, vehicle.Id, vehicle.CreatedAt), StringComparer.Ordinal);
        var unknown = ids.Where(id => !vehicles.ContainsKey(id)).Select(id => FieldError.For(field, "the id of a registered vehicle", id)).ToList();
        return unknown.Count > 0
            ? ProblemResult.For(ProblemTypes.VehicleNotFound, unknown)
            : new ExportResult(new ExportPlan(format, [.. ids.Select(id => vehicles[id])], from, to, signals ?? SignalCatalogue.Signals, signals is null));
    }
}
