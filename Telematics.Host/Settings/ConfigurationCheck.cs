using System.Collections;
using System.ComponentModel;
using System.Reflection;

namespace Telematics.Host.Settings;

/// <summary>
/// Finds settings under <c>Telematics</c> that no options class has, and values that are not of the option's type: .NET
/// would ignore the first silently and stop at the first of the second. An operator's typing error is reported, all of
/// them at once.
/// </summary>
internal sealed class ConfigurationCheck(IReadOnlyDictionary<string, Type> optionsBySection)
{
    /// <summary>One line for each fault.</summary>
    public IReadOnlyList<string> Check(IConfiguration configuration)
    {
        var faults = new List<string>();
        CheckSection(configuration.GetSection(TelematicsOptions.SectionName), faults);
        return faults;
    }

    private void CheckSection(IConfigurationSection section, List<string> faults)
    {
        optionsBySection.TryGetValue(section.Path, out var options);
        foreach (var child in section.GetChildren())
        {
            if (options?.GetProperty(child.Key, BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase) is { } property)
            {
                CheckValue(child, property.PropertyType, faults);
            }
            else if (optionsBySection.Keys.Any(path => IsAtOrBelow(path, child.Path)))
            {
                CheckSection(child, faults);
            }
            else
            {
                faults.Add(UnknownOption(child, options));
            }
        }
    }

    private static void CheckValue(IConfigurationSection setting, Type type, List<string> faults)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (setting.Value is { } text && type != typeof(string))
        {
            var converter = TypeDescriptor.GetConverter(type);
            if (converter.CanConvertFrom(typeof(string)) && text.Length > 0 && !CanConvert(converter, text))
            {
                faults.Add($"{setting.Path}: '{text}' is not {Describe(type)}.");
            }
        }

        if (typeof(IDictionary).IsAssignableFrom(type) && type.IsGenericType)
        {
            foreach (var entry in setting.GetChildren())
            {
                CheckObject(entry, type.GetGenericArguments()[1], faults);
            }
        }
        else if (type.IsClass && type != typeof(string) && !typeof(IEnumerable).IsAssignableFrom(type))
        {
            CheckObject(setting, type, faults);
        }
    }

    private static void CheckObject(IConfigurationSection section, Type type, List<string> faults)
    {
        if (type == typeof(string) || type.IsPrimitive || type.IsEnum)
        {
            CheckValue(section, type, faults);
            return;
        }

        foreach (var child in section.GetChildren())
        {
            if (type.GetProperty(child.Key, BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase) is { } property)
            {
                CheckValue(child, property.PropertyType, faults);
            }
            else
            {
                faults.Add(UnknownOption(child, type));
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

    private static string UnknownOption(IConfigurationSection setting, Type? options)
    {
        var known = options?.GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(property => property.Name).Order(StringComparer.Ordinal);
        return known is null
            ? $"{setting.Path} is no option."
            : $"{setting.Path} is no option; there are {string.Join(", ", known)}.";
    }

    private static string Describe(Type type) => type switch
    {
        _ when type == typeof(bool) => "true or false",
        _ when type == typeof(TimeSpan) => "a duration such as 00:00:30",
        { IsEnum: true } => $"one of {string.Join(", ", Enum.GetNames(type))}",
        _ when type == typeof(double) => "a number",
        _ => "a whole number in range",
    };
}
