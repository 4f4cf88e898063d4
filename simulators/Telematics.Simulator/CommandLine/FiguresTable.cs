using System.Globalization;

namespace Telematics.Simulator.CommandLine;

/// <summary>Figures as a table of Markdown.</summary>
internal sealed class FiguresTable
{
    private readonly List<(string Name, string Value)> _rows = [];

    /// <summary>Adds a line.</summary>
    public void Add(string name, FormattableString value) => _rows.Add((name, value.ToString(CultureInfo.InvariantCulture)));

    /// <summary>The table, line by line.</summary>
    public IEnumerable<string> GetLines()
    {
        var names = _rows.Max(row => row.Name.Length);
        var values = _rows.Max(row => row.Value.Length);
        yield return $"| {"".PadRight(names)} | {"".PadLeft(values)} |";
        yield return $"|{new string('-', names + 2)}|{new string('-', values + 1)}:|";
        foreach (var (name, value) in _rows)
        {
            yield return $"| {name.PadRight(names)} | {value.PadLeft(values)} |";
        }
    }
}
