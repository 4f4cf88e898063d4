using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace Telematics.Api.Parameters;

/// <summary>Texts separated by commas, without repeats.</summary>
internal sealed class ListParameter(string name, string description, string itemLimit, int maxItems, int maxItemLength, Func<string, bool> accepts)
    : ApiParameter<IReadOnlyList<string>?>(name, ParameterLocation.Query, description)
{
    /// <summary>Pattern of an item, for the document.</summary>
    public string? ItemPattern { get; init; }

    /// <summary>Every allowed item, for the document.</summary>
    public IReadOnlyList<string>? ItemChoices { get; init; }

    public override string Limit { get; } = $"1 to {maxItems} different {itemLimit}, separated by commas";

    public override bool TryParse(string text, out IReadOnlyList<string>? value)
    {
        value = null;
        if (text.Length == 0 || text.Length > (long)maxItems * (maxItemLength + 1))
        {
            return false;
        }

        var items = text.Split(',');
        var seen = new HashSet<string>(items.Length, StringComparer.Ordinal);
        if (items.Length > maxItems || !items.All(item => item.Length <= maxItemLength && accepts(item) && seen.Add(item)))
        {
            return false;
        }

        value = items;
        return true;
    }

    public override OpenApiSchema CreateSchema() => new()
    {
        Type = JsonSchemaType.Array,
        MinItems = 1,
        MaxItems = maxItems,
        UniqueItems = true,
        Items = new OpenApiSchema
        {
            Type = JsonSchemaType.String,
            MaxLength = maxItemLength,
            Pattern = ItemPattern,
            Enum = ItemChoices is null ? null : [.. ItemChoices.Select(choice => (JsonNode)JsonValue.Create(choice))],
        },
    };
}
