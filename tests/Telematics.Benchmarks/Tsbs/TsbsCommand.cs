using System.CommandLine;
using Telematics.Benchmarks.Tsbs.Generation;

namespace Telematics.Benchmarks.Tsbs;

/// <summary>The Time Series Benchmark Suite's use case <c>iot</c>: TSBS's tables and ours on the same data.</summary>
internal static class TsbsCommand
{
    public static Command Make()
    {
        var scale = new Option<int>("--scale") { Description = "Trucks.", DefaultValueFactory = _ => 100 };
        scale.Validators.Add(result => AtLeastOne(result, scale));
        var span = Duration("--span", "Length of the data's time, such as 3h or 2d.", TimeSpan.FromHours(3));
        var interval = Duration("--interval", "Time between two points of a truck in one table.", TimeSpan.FromSeconds(10));
        var seed = new Option<long>("--seed") { Description = "Seed of data and queries.", DefaultValueFactory = _ => 123 };

        var check = new Command("check", "Measures the generated points and exits with 1 when their proportions are not TSBS's. Needs no database.") { scale, span, interval, seed };
        check.SetAction(result => TsbsCheck.Run(Settings(result)));
        return new Command("tsbs", "TSBS iot on PostgreSQL with or without TimescaleDB: TSBS's own tables and ours (docs/benchmarks.md).") { check };

        TsbsSettings Settings(ParseResult result) => new(
            result.GetRequiredValue(scale),
            result.GetRequiredValue(span),
            result.GetRequiredValue(interval),
            result.GetRequiredValue(seed));
    }

    private static void AtLeastOne(System.CommandLine.Parsing.OptionResult result, Option<int> option)
    {
        if (result.GetValueOrDefault<int>() < 1)
        {
            result.AddError($"{option.Name} must be at least 1, not {result.GetValueOrDefault<int>()}.");
        }
    }

    private static Option<TimeSpan> Duration(string name, string description, TimeSpan value) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => value,
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (text.Length > 1 && double.TryParse(text[..^1], out var number) && number > 0 && number < 1e6)
            {
                switch (text[^1])
                {
                    case 's': return TimeSpan.FromSeconds(number);
                    case 'm': return TimeSpan.FromMinutes(number);
                    case 'h': return TimeSpan.FromHours(number);
                    case 'd': return TimeSpan.FromDays(number);
                }
            }

            result.AddError($"{name} must be a number greater than 0 with s, m, h or d, such as 90m, not '{text}'.");
            return default;
        },
    };
}
