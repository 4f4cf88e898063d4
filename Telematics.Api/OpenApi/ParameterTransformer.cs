using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Telematics.Api.Parameters;

namespace Telematics.Api.OpenApi;

/// <summary>Writes an endpoint's parameters, with the limits by which they are checked, into its document.</summary>
internal sealed class ParameterTransformer : IOpenApiOperationTransformer
{
    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var parameters = context.Description.ActionDescriptor.EndpointMetadata.OfType<ParameterMetadata>().SingleOrDefault()?.Parameters ?? [];
        operation.Parameters = [.. parameters.Select(Create)];
        return Task.CompletedTask;
    }

    private static OpenApiParameter Create(ApiParameter parameter)
    {
        var schema = parameter.CreateSchema();
        return new OpenApiParameter
        {
            Name = parameter.Name,
            In = parameter.Location,
            Description = $"{parameter.Description} Limit: {parameter.Limit}.",
            Required = parameter.IsRequired || parameter.Location == ParameterLocation.Path,
            Schema = schema,

            // One parameter with commas, not one for each item (OpenAPI 3.1 §4.8.12).
            Style = parameter.Location == ParameterLocation.Query ? ParameterStyle.Form : ParameterStyle.Simple,
            Explode = false,
        };
    }
}
