using System.Text.Json;
using System.Text.RegularExpressions;
using Telematics.Api.Problems;
using Telematics.Storage.Registry;

namespace Telematics.Api.Vehicles;

/// <summary>Reads and checks a <see cref="VehicleRequest"/>.</summary>
internal static partial class VehicleBody
{
    private const string AttributesLimit = "an object of at most 50 texts of 1 to 500 characters with names of 1 to 64 characters, all without control characters";

    /// <summary>The details, or every fault of the body.</summary>
    public static (VehicleDetails? Details, ProblemResult? Problem) Read(RequestBody body)
    {
        var reader = new BodyReader(body.Root);
        var name = reader.GetText("name", VehicleRequest.MaxNameLength);
        var vin = reader.GetText("vin", 17);
        if (vin is not null && !VinRegex().IsMatch(vin))
        {
            reader.Refuse("vin", "17 capitals and digits without I, O and Q (ISO 3779)", vin);
        }

        var brand = reader.GetText("brand", VehicleRequest.MaxBrandLength);
        var model = reader.GetText("model", VehicleRequest.MaxModelLength);
        var attributes = ReadAttributes(reader);
        var errors = reader.Finish();
        return errors.Count > 0
            ? (null, ProblemResult.For(ProblemTypes.InvalidRequest, errors))
            : (new VehicleDetails(name, vin, brand, model, attributes), null);
    }

    private static string? ReadAttributes(BodyReader reader)
    {
        if (reader.GetObject("attributes") is not { } attributes)
        {
            return null;
        }

        var texts = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var attribute in attributes.EnumerateObject())
        {
            if (texts.Count == VehicleRequest.MaxAttributes
                || !IsText(attribute.Name, VehicleRequest.MaxAttributeNameLength)
                || attribute.Value.ValueKind != JsonValueKind.String
                || !IsText(attribute.Value.GetString()!, VehicleRequest.MaxAttributeLength))
            {
                reader.Refuse($"attributes.{attribute.Name}", AttributesLimit, attribute.Value.ToString());
                return null;
            }

            texts.Add(attribute.Name, attribute.Value.GetString()!);
        }

        return texts.Count == 0 ? null : JsonSerializer.Serialize(texts, ApiJson.Default.SortedDictionaryStringString);
    }

    private static bool IsText(string text, int maxLength) => text.Length > 0 && text.Length <= maxLength && !text.Any(char.IsControl);

    [GeneratedRegex(VehicleRequest.VinPattern, RegexOptions.CultureInvariant)]
    private static partial Regex VinRegex();
}
