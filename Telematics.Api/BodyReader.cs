using System.Globalization;
using System.Text.Json;
using Telematics.Api.Problems;

namespace Telematics.Api;

/// <summary>Reads the members of one JSON object and collects every fault, also members that do not exist.</summary>
internal sealed class BodyReader(JsonElement body, string path = "$")
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly List<FieldError> _errors = [];

    /// <summary>A text of 1 to <paramref name="maxLength"/> characters without control characters; null when absent or null.</summary>
    public string? GetText(string name, int maxLength, bool isRequired = false)
    {
        var limit = $"a text of 1 to {maxLength} characters without control characters";
        if (!TryGet(name, limit, isRequired, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text && text.Length <= maxLength && !text.Any(char.IsControl))
        {
            return text;
        }

        Refuse(name, limit, value);
        return null;
    }

    /// <summary>A whole number; null when absent or null.</summary>
    public int? GetInteger(string name, int min, int max)
    {
        var limit = string.Create(CultureInfo.InvariantCulture, $"a whole number from {min} to {max}");
        if (!TryGet(name, limit, false, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= min && number <= max)
        {
            return number;
        }

        Refuse(name, limit, value);
        return null;
    }

    /// <summary><c>true</c> and nothing else; false when absent or null.</summary>
    public bool GetTrue(string name)
    {
        if (!TryGet(name, "true", false, out var value))
        {
            return false;
        }

        if (value.ValueKind == JsonValueKind.True)
        {
            return true;
        }

        Refuse(name, "true", value);
        return false;
    }

    /// <summary>An object; null when absent or null.</summary>
    public JsonElement? GetObject(string name, bool isRequired = false)
    {
        if (!TryGet(name, "an object", isRequired, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Object)
        {
            return value;
        }

        Refuse(name, "an object", value);
        return null;
    }

    /// <summary>A list of different texts; null when absent or null.</summary>
    public IReadOnlyList<string>? GetTexts(string name, int maxItems, string itemLimit, Func<string, bool> accepts)
    {
        var limit = string.Create(CultureInfo.InvariantCulture, $"a list of 1 to {maxItems} different {itemLimit}");
        if (!TryGet(name, limit, false, out var value))
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() is 0 || value.GetArrayLength() > maxItems)
        {
            Refuse(name, limit, value);
            return null;
        }

        var items = new List<string>(value.GetArrayLength());
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in value.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.String || item.GetString() is not { } text || !accepts(text) || !seen.Add(text))
            {
                Refuse($"{name}[{items.Count}]", limit, item);
                return null;
            }

            items.Add(text);
        }

        return items;
    }

    /// <summary>Adds a fault.</summary>
    public void Refuse(string name, string limit, string? value) => _errors.Add(FieldError.For($"{path}.{name}", limit, value));

    /// <summary>Every fault, once all members were read.</summary>
    public IReadOnlyList<FieldError> Finish()
    {
        var limit = $"one of the members {string.Join(", ", _known.Order(StringComparer.Ordinal))}";
        foreach (var member in body.EnumerateObject())
        {
            if (_errors.Count > ProblemResult.MaxErrors)
            {
                break; // a body can have a hundred thousand of them
            }

            if (!_known.Contains(member.Name))
            {
                Refuse(member.Name, limit, Text(member.Value));
            }
        }

        return _errors;
    }

    private bool TryGet(string name, string limit, bool isRequired, out JsonElement value)
    {
        _known.Add(name);
        var isThere = body.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;
        if (!isThere && isRequired)
        {
            _errors.Add(FieldError.For($"{path}.{name}", limit, null));
        }

        return isThere;
    }

    private void Refuse(string name, string limit, JsonElement value) => Refuse(name, limit, Text(value));

    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Array => string.Create(CultureInfo.InvariantCulture, $"a list of {value.GetArrayLength()}"),
        JsonValueKind.Object => "an object",
        _ => value.GetRawText(),
    };
}
