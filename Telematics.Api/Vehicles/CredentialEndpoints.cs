using Microsoft.AspNetCore.Http.HttpResults;
using Telematics.Api.Authentication;
using Telematics.Api.Parameters;
using Telematics.Api.Problems;
using Telematics.Storage.Registry;

namespace Telematics.Api.Vehicles;

/// <summary>The secret by which a vehicle logs in over MQTT; each has at most one.</summary>
internal static class CredentialEndpoints
{
    public static void MapCredentials(this IEndpointRouteBuilder api)
    {
        var credentials = api.MapGroup("/vehicles/{vehicleId}/credentials").WithTags("Vehicles").RequireAuthorization(ApiPolicies.Administer);
        credentials.MapPost("/", IssueAsync)
            .WithName("issueCredential")
            .WithSummary("Issue a credential")
            .WithDescription("Makes a secret of 256 random bits, shown this once. One that the vehicle had is replaced, and its connection closed. No body.")
            .WithParameters(VehicleParameters.Id)
            .WithProblems(ProblemTypes.VehicleNotFound);
        credentials.MapDelete("/", RevokeAsync)
            .WithName("revokeCredential")
            .WithSummary("Revoke the credential")
            .WithDescription("The vehicle cannot log in any more, and its connection is closed.")
            .WithParameters(VehicleParameters.Id)
            .WithProblems(ProblemTypes.CredentialNotFound);
    }

    private static async Task<Results<Created<CredentialResponse>, ProblemResult>> IssueAsync(
        RequestReader request, VehicleRegistry registry, CancellationToken cancellationToken)
    {
        var vehicleId = request.Get(VehicleParameters.Id)!;
        if (request.Problem is { } problem)
        {
            return problem;
        }

        if (await registry.IssueCredentialAsync(vehicleId, ApiCaller.NameOf(request.Context.User), cancellationToken) is not { } issued)
        {
            return VehicleProblems.NotFound(vehicleId);
        }

        request.Context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Created((string?)null, new CredentialResponse
        {
            VehicleId = vehicleId,
            Secret = issued.Secret,
            CreatedAt = issued.CreatedAt,
            HasReplaced = issued.HasReplaced,
        });
    }

    private static async Task<Results<NoContent, ProblemResult>> RevokeAsync(RequestReader request, VehicleRegistry registry, CancellationToken cancellationToken)
    {
        var vehicleId = request.Get(VehicleParameters.Id)!;
        if (request.Problem is { } problem)
        {
            return problem;
        }

        return await registry.RevokeCredentialAsync(vehicleId, ApiCaller.NameOf(request.Context.User), cancellationToken)
            ? TypedResults.NoContent()
            : VehicleProblems.NoCredential(vehicleId);
    }
}
