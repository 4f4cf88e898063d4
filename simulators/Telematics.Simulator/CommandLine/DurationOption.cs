using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Telematics.Simulator.CommandLine;

/// <summary>Options that are times: <c>30</c> and <c>30s</c> are seconds, <c>500ms</c>, <c>10m</c> and <c>2h</c> what they say.</summary>
internal static class DurationOption
{
    private static readonly (string Suffix, double Seconds)[] Units = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3_600)];

    /// <summary>An option; a time that was not given is null.</summary>
    public static Option<TimeSpan?> Make(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "TIME",
        CustomParser = argument => Parse(name, argument),
    };

    /// <summary>Reads a time of 0 to 365 days; null when it is none.</summary>
    public static TimeSpan? Parse(string text)
    {
        var (suffix, unit) = Array.Find(Units, unit => text.EndsWith(unit.Suffix, StringComparison.Ordinal));
        var number = suffix is null ? text : text[..^suffix.Length];
        return double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value * (suffix is null ? 1 : unit) is <= 31_536_000 and var seconds
            ? TimeSpan.FromSeconds(seconds)
            : null;
    }

    private static TimeSpan? Parse(string name, ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        var time = Parse(text);
        if (time is null)
        {
            argument.AddError($"{name} is '{text}'; it must be a time such as 30s, 500ms, 10m or 2h, at most 8760h");
        }

        return time;
    }
}
