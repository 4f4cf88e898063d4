using Scalar.AspNetCore;
using Telematics.Api.Authentication;
using Telematics.Api.Commands;
using Telematics.Api.Erasures;
using Telematics.Api.Exports;
using Telematics.Api.Signals;
using Telematics.Api.Streams;
using Telematics.Api.Telemetry;
using Telematics.Api.Vehicles;

namespace Telematics.Api;

/// <summary>Maps the REST API.</summary>
public static class ApiEndpointRouteBuilderExtensions
{
    internal const string DocumentName = "v1";

    /// <summary>
    /// Maps <c>/api/v1</c>, its OpenAPI document <c>/openapi/v1.json</c> and its page <c>/scalar</c>. The last two hold no
    /// data and are open to everybody who reaches the listener.
    /// </summary>
    public static IEndpointRouteBuilder MapTelematicsApi(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var api = endpoints.MapGroup(ApiRoutes.Version1).RequireAuthorization(ApiPolicies.View);
        api.MapVehicles();
        api.MapCredentials();
        api.MapErasures();
        api.MapCommands();
        api.MapVehicleCommands();
        api.MapHistory();
        api.MapExports();
        api.MapLatest();
        api.MapLive();
        api.MapRejected();
        api.MapSignals();

        endpoints.MapOpenApi("/openapi/{documentName}.json").AllowAnonymous();

        // Nothing from elsewhere: no CDN, no web fonts, no proxy, no assistant.
        endpoints.MapScalarApiReference(options =>
        {
            options.Title = "Telematics API";
            options.DefaultFonts = false;
            options.ProxyUrl = null;
            options.Telemetry = false;
            options.DisableAgent().DisableMcp();
            options.AddDocument(DocumentName);
        }).AllowAnonymous();
        return endpoints;
    }
}
