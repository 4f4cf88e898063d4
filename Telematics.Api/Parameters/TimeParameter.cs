using System.Globalization;
using Microsoft.OpenApi;

namespace Telematics.Api.Parameters;

/// <summary>A moment (RFC 3339) with a time zone, as UTC.</summary>
internal sealed class TimeParameter(string name, string description) : ApiParameter<DateTime?>(name, ParameterLocation.Query, description)
{
    private static readonly string[] Formats = ["yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK", "yyyy-MM-ddTHH:mmK"];
    private static readonly DateTime Latest = new(2200, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    public override string Limit => "a time of RFC 3339 with zone, such as 2026-01-31T08:00:00Z, from 1970 to 2199 (in a query write + as %2B)";

    public override bool TryParse(string text, out DateTime? value)
    {
        // Without a zone the server's own would be taken, and no caller knows that one.
        var parsed = DateTimeOffset.TryParseExact(text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            && (text.EndsWith('Z') || text.Length > 6 && text[^6] is '+' or '-');
        value = time.UtcDateTime;
        return parsed && value >= DateTime.UnixEpoch && value < Latest;
    }

    public override OpenApiSchema CreateSchema() => new() { Type = JsonSchemaType.String, Format = "date-time" };
}
