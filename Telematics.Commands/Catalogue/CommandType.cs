using System.Text.Json;
using NJsonSchema;
using NJsonSchema.Validation;

namespace Telematics.Commands.Catalogue;

/// <summary>A type of command: what it needs, and how long an order of it may live.</summary>
public sealed class CommandType
{
    /// <summary>Longest parameters, in characters of JSON.</summary>
    public const int MaxParametersLength = 4_096;

    private readonly JsonSchema _parameters;

    internal CommandType(JsonSchema parameters)
    {
        _parameters = parameters;
        using var document = JsonDocument.Parse(parameters.ToJson());
        ParametersSchema = document.RootElement.Clone();
    }

    /// <summary>The name that orders carry, in camel case.</summary>
    public required string Name { get; init; }

    /// <summary>What it does, for people.</summary>
    public required string Description { get; init; }

    /// <summary>Whether carrying it out late could harm: such a type has short times to live.</summary>
    public required bool IsSafetyClass { get; init; }

    /// <summary>Time to live of an order that names none.</summary>
    public required TimeSpan DefaultTimeToLive { get; init; }

    /// <summary>The greatest time to live that an order may name.</summary>
    public required TimeSpan MaxTimeToLive { get; init; }

    /// <summary>How long the car may stay silent after delivery, or after its last progress, before the execution counts as timed out.</summary>
    public required TimeSpan ExecutionTimeout { get; init; }

    /// <summary>JSON Schema of the parameters.</summary>
    public JsonElement ParametersSchema { get; }

    /// <summary>Checks parameters; the errors name field, limit and value.</summary>
    /// <param name="parameters">A JSON value; anything but an object is an error.</param>
    public IReadOnlyList<CommandError> Validate(JsonElement parameters)
    {
        if (parameters.ValueKind != JsonValueKind.Object)
        {
            return [new CommandError("parameters", $"parameters must be an object; it is {Describe(parameters.ValueKind)}.")];
        }

        var text = parameters.GetRawText();
        if (text.Length > MaxParametersLength)
        {
            return [new CommandError("parameters", $"parameters may have at most {MaxParametersLength} characters; they have {text.Length}.")];
        }

        if (CheckForm(parameters) is { } error)
        {
            return [error];
        }

        var errors = _parameters.Validate(text);
        return errors.Count == 0 ? [] : [.. errors.Select(ToError)];
    }

    // What parsers disagree about must not reach a car: a name given twice, a number that is not exact in 64 bits.
    private static CommandError? CheckForm(JsonElement parameters)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var property in parameters.EnumerateObject())
        {
            var field = $"parameters.{property.Name}";
            if (!names.Add(property.Name))
            {
                return new CommandError(field, $"{field} is given twice.");
            }

            if (property.Value.ValueKind == JsonValueKind.Number
                && !property.Value.TryGetInt64(out _)
                && !(property.Value.TryGetDouble(out var value) && Math.Abs(value) < long.MaxValue))
            {
                return new CommandError(field, $"{field} must be a number of at most 64 bits; it is {Shorten(property.Value.GetRawText())}.");
            }
        }

        return null;
    }

    private static string Describe(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Undefined => "absent",
        JsonValueKind.True or JsonValueKind.False => "a boolean",
        JsonValueKind.Array => "a list",
        JsonValueKind.Null => "null",
        JsonValueKind.Number => "a number",
        _ => "a text",
    };

    private static CommandError ToError(ValidationError error)
    {
        var field = string.IsNullOrEmpty(error.Property) ? "parameters" : $"parameters.{error.Property}";
        var value = Shorten(error.Token?.ToString() ?? "absent");
        var message = error.Kind switch
        {
            ValidationErrorKind.NumberTooSmall => $"{field} must be at least {error.Schema.Minimum}; it is {value}.",
            ValidationErrorKind.NumberTooBig or ValidationErrorKind.IntegerTooBig => $"{field} must be at most {error.Schema.Maximum}; it is {value}.",
            ValidationErrorKind.IntegerExpected => $"{field} must be a whole number; it is {value}.",
            ValidationErrorKind.PropertyRequired => $"{field} is required; it is absent.",
            ValidationErrorKind.NoAdditionalPropertiesAllowed => $"{field} is not a parameter of this type.",
            _ => $"{field} is not as the schema says ({error.Kind}); it is {value}.",
        };
        return new CommandError(field, message);
    }

    private static string Shorten(string value) => value.Length <= 100 ? value : string.Concat(value.AsSpan(0, 100), "…");
}
