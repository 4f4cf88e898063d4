using System.Net.ServerSentEvents;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Telematics.Api.Streams;
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

        if (context.JsonTypeInfo.Type == typeof(StepSignalSet))
        {
            var value = new OpenApiSchema { Type = JsonSchemaType.Number | JsonSchemaType.String | JsonSchemaType.Boolean };
            schema.Type = JsonSchemaType.Object;
            schema.Description = "By VSS path, only signals that were reported in the step. A boolean's avg is the share of true; texts have no avg.";
            schema.AdditionalProperties = new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Properties = new Dictionary<string, IOpenApiSchema>
                {
                    ["count"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Description = "Samples that report the signal." },
                    ["min"] = value,
                    ["max"] = value,
                    ["avg"] = new OpenApiSchema { Type = JsonSchemaType.Number, Description = "Mean, each sample counted alike." },
                    ["last"] = value,
                },
            };
        }

        if (context.JsonTypeInfo.Type == typeof(SseItem<LiveEventResponse>))
        {
            schema.Description = "One event of the stream, field by field (WHATWG HTML §9.2).";
            Describe(schema, "eventType", $"Always `{LiveEndpoints.EventType}`.");
            Describe(schema, "eventId", "Where to resume: send it as Last-Event-ID. Absent while more of the same moment follows.");
            Describe(schema, "reconnectionInterval", "Not sent.");
        }

        return Task.CompletedTask;
    }

    private static void Describe(OpenApiSchema schema, string property, string description)
    {
        if (schema.Properties?.TryGetValue(property, out var found) == true && found is OpenApiSchema own)
        {
            own.Description = description;
        }
    }
}
