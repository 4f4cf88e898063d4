using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml;
using Microsoft.OpenApi;

namespace Telematics.Api.Parameters;

/// <summary>A duration: a number with <c>s</c>, <c>m</c>, <c>h</c> or <c>d</c>, or ISO 8601 (<c>PT5M</c>), in whole seconds.</summary>
internal sealed partial class DurationParameter(string name, string description, TimeSpan min, TimeSpan max) : ApiParameter<TimeSpan?>(name, ParameterLocation.Query, description)
{
    private const string Form = @"^(\d{1,8}[smhd]|P(\d{1,4}D)?(T(\d{1,8}H)?(\d{1,8}M)?(\d{1,8}S)?)?)$";

    public override string Limit { get; } = $"a duration such as 30s, 5m, 1h, 1d or PT5M, whole seconds, from {min.TotalSeconds:0}s to {max.TotalDays:0}d";

    public override bool TryParse(string text, out TimeSpan? value)
    {
        value = null;
        if (text.Length > 40 || text.Any(char.IsControl) || !FormRegex().IsMatch(text)) // $ alone would let a line feed pass
        {
            return false;
        }

        if (text[0] == 'P')
        {
            try
            {
                value = XmlConvert.ToTimeSpan(text);
            }
            catch (Exception e) when (e is FormatException or OverflowException)
            {
                return false;
            }
        }
        else
        {
            var seconds = text[^1] switch { 's' => 1L, 'm' => 60L, 'h' => 3_600L, _ => 86_400L };
            seconds *= long.Parse(text.AsSpan(0, text.Length - 1), CultureInfo.InvariantCulture);
            if (seconds > max.TotalSeconds)
            {
                return false; // also what a TimeSpan cannot hold
            }

            value = TimeSpan.FromSeconds(seconds);
        }

        return value >= min && value <= max;
    }

    public override OpenApiSchema CreateSchema() => new() { Type = JsonSchemaType.String, Pattern = Form, MaxLength = 40 };

    [GeneratedRegex(Form, RegexOptions.CultureInvariant)]
    private static partial Regex FormRegex();
}
