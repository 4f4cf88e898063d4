using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace Telematics.Api.Parameters;

/// <summary>A whole number between two bounds.</summary>
internal sealed class IntegerParameter(string name, string description, int min, int max) : ApiParameter<int>(name, ParameterLocation.Query, description)
{
    public override string Limit { get; } = $"a whole number from {min} to {max}";

    public override bool TryParse(string text, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= min && value <= max;

    public override OpenApiSchema CreateSchema() => new()
    {
        Type = JsonSchemaType.Integer,
        Format = "int32",
        Minimum = min.ToString(CultureInfo.InvariantCulture),
        Maximum = max.ToString(CultureInfo.InvariantCulture),
        Default = IsRequired ? null : JsonValue.Create(Default),
    };
}
