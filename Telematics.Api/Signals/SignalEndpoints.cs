using Microsoft.AspNetCore.Http.HttpResults;
using Telematics.Api.Parameters;
using Telematics.Api.Problems;
using Telematics.Contracts.Telemetry;

namespace Telematics.Api.Signals;

/// <summary>The catalogue of signals.</summary>
internal static class SignalEndpoints
{
    public static void MapSignals(this IEndpointRouteBuilder api) =>
        api.MapGroup("/signals").WithTags("Telemetry").MapGet("/", List)
            .WithName("listSignals")
            .WithSummary("List signals")
            .WithDescription("The signals with columns of their own, with units and ranges: these can be chosen and aggregated. Every other signal that a vehicle reports is kept with its sample.")
            .WithParameters();

    private static Results<Ok<PageResponse<SignalResponse>>, ProblemResult> List(RequestReader request) =>
        request.Problem is { } problem
            ? problem
            : TypedResults.Ok(new PageResponse<SignalResponse>([.. SignalCatalogue.Signals.Select(SignalResponse.From)], null));
}
