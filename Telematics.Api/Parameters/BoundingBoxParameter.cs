using System.Globalization;
using Microsoft.OpenApi;
using Telematics.Api.Live;

namespace Telematics.Api.Parameters;

/// <summary>A rectangle on the map in the order of GeoJSON (RFC 7946 §5): west, south, east, north in degrees.</summary>
internal sealed class BoundingBoxParameter(string name, string description) : ApiParameter<GeoBox?>(name, ParameterLocation.Query, description)
{
    public override string Limit => "west,south,east,north in degrees (-180 to 180, -90 to 90; south at most north; west greater than east crosses the date line)";

    public override bool TryParse(string text, out GeoBox? value)
    {
        value = null;
        var parts = text.Split(',', 5);
        var numbers = new double[4];
        if (text.Length > 120 || parts.Length != 4)
        {
            return false;
        }

        for (var i = 0; i < 4; i++)
        {
            var limit = i % 2 == 0 ? 180 : 90;
            if (!double.TryParse(parts[i], NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out numbers[i])
                || !(Math.Abs(numbers[i]) <= limit))
            {
                return false;
            }
        }

        value = new GeoBox(numbers[0], numbers[1], numbers[2], numbers[3]);
        return numbers[1] <= numbers[3];
    }

    public override OpenApiSchema CreateSchema() => new()
    {
        Type = JsonSchemaType.Array,
        MinItems = 4,
        MaxItems = 4,
        Items = new OpenApiSchema { Type = JsonSchemaType.Number, Format = "double", Minimum = "-180", Maximum = "180" },
    };
}
