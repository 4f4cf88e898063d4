using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace Telematics.Api.Parameters;

/// <summary>One of the names of an enumeration in camel case.</summary>
internal sealed class ChoiceParameter<TEnum>(string name, string description) : ApiParameter<TEnum?>(name, ParameterLocation.Query, description)
    where TEnum : struct, Enum
{
    private readonly Dictionary<string, TEnum> _choices = Enum.GetValues<TEnum>()
        .ToDictionary(value => JsonNamingPolicy.CamelCase.ConvertName(value.ToString()), StringComparer.Ordinal);

    public override string Limit => $"one of {string.Join(", ", _choices.Keys)}";

    public override bool TryParse(string text, out TEnum? value)
    {
        var known = _choices.TryGetValue(text, out var choice);
        value = choice;
        return known;
    }

    public override OpenApiSchema CreateSchema() => new()
    {
        Type = JsonSchemaType.String,
        Enum = [.. _choices.Keys.Select(choice => (JsonNode)JsonValue.Create(choice))],
    };
}
