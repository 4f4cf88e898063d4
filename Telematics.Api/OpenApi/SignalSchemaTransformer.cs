using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Telematics.Api.Telemetry;

namespace Telematics.Api.OpenApi;

/// <summary>Describes what is written by converters of our own.</summary>
internal sealed class SignalSchemaTransformer : IOpenApiSchemaTransformer
{
    public Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        if (context.JsonTypeInfo.Type == typeof(SignalSet))
        {
            schema.Type = JsonSchemaType.Object;
            schema.Description = "Values by VSS path, only those that were reported; units and kinds as in GET /api/v1/signals.";
            schema.AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.Number | JsonSchemaType.String | JsonSchemaType.Boolean };
        }

        return Task.CompletedTask;
    }
}
