using System.Collections;
using System.ComponentModel;
using System.Reflection;

namespace Telematics.Host.Settings;

/// <summary>
/// Finds settings under <c>Telematics</c> that no options class has, and values that are not of the option's type: .NET
/// would ignore the first silently and stop at the first of the second.
/// </summary>
/// <param name="optionsBySection">The options class of each configuration section.</param>
internal sealed class OptionNames(IReadOnlyDictionary<string, Type> optionsBySection)
{
    private const BindingFlags Public = BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase;

    /// <summary>One fault for each wrong setting below a section.</summary>
    public IReadOnlyList<SettingFault> Check(IConfigurationSection root)
    {
        var faults = new List<SettingFault>();
        CheckSection(root, faults);
        return faults;
    }

    private void CheckSection(IConfigurationSection section, List<SettingFault> faults)
    {
        var options = optionsBySection.FirstOrDefault(entry => entry.Key.Equals(section.Path, StringComparison.OrdinalIgnoreCase)).Value;
        foreach (var child in section.GetChildren())
        {
            if (options?.GetProperty(child.Key, Public) is { } property)
            {
                CheckValue(child, property.PropertyType, faults);
            }
            else if (optionsBySection.Keys.Any(path => IsAtOrBelow(path, child.Path)))
            {
                CheckSection(child, faults);
            }
            else
            {
                faults.Add(Unknown(child, options));
            }
        }
    }

    private static void CheckValue(IConfigurationSection setting, Type type, List<SettingFault> faults)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsGenericType && typeof(IDictionary).IsAssignableFrom(type))
        {
            foreach (var entry in setting.GetChildren())
            {
                CheckValue(entry, type.GetGenericArguments()[1], faults);
            }
        }
        else if (TypeDescriptor.GetConverter(type) is { } converter && converter.CanConvertFrom(typeof(string)))
        {
            if (!string.IsNullOrEmpty(setting.Value) && !CanConvert(converter, setting.Value))
            {
                faults.Add(new SettingFault(setting.Path, $"{setting.Path}: '{setting.Value}' is not {Describe(type)}.", IsUnreadable: true));
            }
        }
        else if (!typeof(IEnumerable).IsAssignableFrom(type))
        {
            foreach (var child in setting.GetChildren())
            {
                if (type.GetProperty(child.Key, Public) is { } property)
                {
                    CheckValue(child, property.PropertyType, faults);
                }
                else
                {
                    faults.Add(Unknown(child, type));
                }
            }
        }
    }

    private static bool CanConvert(TypeConverter converter, string text)
    {
        try
        {
            _ = converter.ConvertFromInvariantString(text);
            return true;
        }
        catch (Exception e) when (e is FormatException or ArgumentException or NotSupportedException or OverflowException)
        {
            return false;
        }
    }

    private static bool IsAtOrBelow(string path, string ancestor) =>
        path.Equals(ancestor, StringComparison.OrdinalIgnoreCase) || path.StartsWith(ancestor + ":", StringComparison.OrdinalIgnoreCase);

    private static SettingFault Unknown(IConfigurationSection setting, Type? options)
    {
        var known = options is null ? "" : "; there are " + string.Join(", ", options.GetProperties(Public).Select(property => property.Name).Order(StringComparer.Ordinal));
        return new SettingFault(setting.Path, $"{setting.Path} is no option{known}.", IsUnreadable: false);
    }

    private static string Describe(Type type) => type switch
    {
        _ when type == typeof(bool) => "true or false",
        _ when type == typeof(TimeSpan) => "a duration such as 00:00:30",
        _ when type == typeof(double) => "a number",
        { IsEnum: true } => $"one of {string.Join(", ", Enum.GetNames(type))}",
        _ => "a whole number in range",
    };
}
