using System.Globalization;
using Telematics.Host.Settings;
using Xunit;

namespace Telematics.IntegrationTests.Host;

/// <summary><c>docs/options.md</c> names every option with its default.</summary>
public sealed class OptionsPageTests
{
    public static TheoryData<string> Sections() => [.. SettingsCheck.OptionsBySection.Keys.Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Sections))]
    public void The_page_has_every_option_of_the_section_with_its_default(string section)
    {
        var page = File.ReadAllText(Path.Combine(Root(), "docs", "options.md"));
        var start = page.IndexOf($"`{section}`\n", StringComparison.Ordinal);
        Assert.True(start >= 0, $"docs/options.md has no heading with `{section}`.");
        var end = page.IndexOf("\n## ", start, StringComparison.Ordinal);
        var lines = page[start..(end < 0 ? page.Length : end)].Split('\n');

        var type = SettingsCheck.OptionsBySection[section];
        var defaults = Activator.CreateInstance(type)!;
        foreach (var property in type.GetProperties())
        {
            var row = $"| `{property.Name}` | ";
            var value = property.GetValue(defaults);
            if (property.PropertyType.IsClass && property.PropertyType != typeof(string))
            {
                Assert.Contains(lines, line => line.StartsWith($"| `{property.Name}", StringComparison.Ordinal));
            }
            else if (value is null or "")
            {
                Assert.Contains(lines, line => line.StartsWith($"{row}–", StringComparison.Ordinal));
            }
            else
            {
                var text = value is bool flag ? (flag ? "true" : "false") : Convert.ToString(value, CultureInfo.InvariantCulture);
                Assert.Contains(lines, line => line.StartsWith($"{row}`{text}` |", StringComparison.Ordinal));
            }
        }
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Telematics.sln")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }
}
