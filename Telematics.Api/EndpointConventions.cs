using Microsoft.AspNetCore.Http.Metadata;
using Telematics.Api.Parameters;
using Telematics.Api.Problems;

namespace Telematics.Api;

/// <summary>How endpoints say what they take and answer.</summary>
internal static class EndpointConventions
{
    /// <summary>Declares the parameters that the handler reads.</summary>
    public static RouteHandlerBuilder WithParameters(this RouteHandlerBuilder endpoint, params ApiParameter[] parameters) =>
        endpoint.WithMetadata(new ParameterMetadata(parameters));

    /// <summary>Declares the errors beyond those that every endpoint has (400, 401, 403, 500, 503).</summary>
    public static RouteHandlerBuilder WithProblems(this RouteHandlerBuilder endpoint, params ProblemType[] types) =>
        endpoint.WithMetadata(new ProblemMetadata(types));

    /// <summary>Declares a JSON body of limited size; <see cref="RequestBody"/> reads it.</summary>
    public static RouteHandlerBuilder WithJsonBody<T>(this RouteHandlerBuilder endpoint, int maxBytes)
        where T : notnull =>
        endpoint.Accepts<T>(RequestBody.MediaType).WithMetadata(new RequestSizeLimit(maxBytes));

    private sealed record RequestSizeLimit(long? MaxRequestBodySize) : IRequestSizeLimitMetadata;
}
