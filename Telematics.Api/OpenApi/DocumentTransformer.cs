using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Telematics.Api.OpenApi;

/// <summary>What the document says of the API as a whole.</summary>
internal sealed class DocumentTransformer : IOpenApiDocumentTransformer
{
    public const string SecurityScheme = "apiKey";

    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Telematics",
            Version = "1",
            Description = """
                Vehicles, their telemetry and their commands.

                - Times are RFC 3339 in UTC. Signals are COVESA VSS paths in VSS units (`GET /api/v1/signals`).
                - Lists answer `items` and `nextCursor`; go on with `cursor` until `nextCursor` is null. A page may hold fewer items than `limit`.
                - Errors are `application/problem+json` (RFC 9457): `type` is stable, `errors` names each field with its limit and the value that was sent. A parameter or member that does not exist is an error.
                - Without authentication only this machine may call. With it, send `Authorization: Bearer {key}`; each role includes the one before: viewer, supervisor, administrator.
                """,
        };
        document.Servers = [];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
        document.Components.SecuritySchemes[SecurityScheme] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            Description = "An API key. Not needed when Telematics:Api:Authentication is None.",
        };
        return Task.CompletedTask;
    }
}
