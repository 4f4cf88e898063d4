using System.Text.RegularExpressions;
using Microsoft.OpenApi;

namespace Telematics.Api.Parameters;

/// <summary>A text of limited length, without control characters, perhaps of a pattern.</summary>
internal sealed class TextParameter(string name, ParameterLocation location, string description, int maxLength) : ApiParameter<string>(name, location, description)
{
    /// <summary>What it must match as a whole.</summary>
    public Regex? Pattern { get; init; }

    public override string Limit => Pattern is null
        ? $"a text of 1 to {maxLength} characters without control characters"
        : $"a text of 1 to {maxLength} characters that matches {Pattern}";

    public override bool TryParse(string text, out string value)
    {
        value = text;
        return text.Length is > 0 && text.Length <= maxLength && !text.Any(char.IsControl) && (Pattern is null || Pattern.IsMatch(text));
    }

    public override OpenApiSchema CreateSchema() => new()
    {
        Type = JsonSchemaType.String,
        MinLength = 1,
        MaxLength = maxLength,
        Pattern = Pattern?.ToString(),
    };
}
