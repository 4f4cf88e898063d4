using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Telematics.Api.Authentication;
using Telematics.Api.Problems;

namespace Telematics.Api.OpenApi;

/// <summary>Writes an endpoint's errors, with their stable types, and the role that it asks for into its document.</summary>
internal sealed class ProblemTransformer : IOpenApiOperationTransformer
{
    private static readonly ProblemType[] Always =
    [
        ProblemTypes.InvalidRequest, ProblemTypes.Unauthenticated, ProblemTypes.Forbidden, ProblemTypes.ForeignOrigin, ProblemTypes.Unavailable, ProblemTypes.Internal,
    ];

    public async Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var own = metadata.OfType<ProblemMetadata>().SelectMany(problems => problems.Types);
        var schema = await context.GetOrCreateSchemaAsync(typeof(ProblemResponse), null, cancellationToken);
        operation.Responses ??= [];
        foreach (var group in Always.Concat(own).Distinct().GroupBy(type => type.Status).OrderBy(group => group.Key))
        {
            operation.Responses[group.Key.ToString(CultureInfo.InvariantCulture)] = new OpenApiResponse
            {
                Description = string.Join(" ", group.Select(type => $"`{type.Uri}`: {type.Title}")),
                Content = new Dictionary<string, OpenApiMediaType> { [ProblemResult.ContentType] = new OpenApiMediaType { Schema = new OpenApiSchemaReference(nameof(ProblemResponse), context.Document) } },
            };
        }

        context.Document?.AddComponent(nameof(ProblemResponse), schema);
        var policy = metadata.OfType<IAuthorizeData>().Select(data => data.Policy).Last(policy => policy is not null)!;
        operation.Description = $"{operation.Description} Least role: {ApiPolicies.LeastRoles[policy].ToString().ToLowerInvariant()}.".TrimStart();
        operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(DocumentTransformer.SecurityScheme, context.Document)] = [] }];
    }
}
