using NJsonSchema;
using Telematics.Contracts.Commands;

namespace Telematics.Commands.Catalogue;

/// <summary>The command types that can be ordered.</summary>
public sealed class CommandCatalogue
{
    private readonly Dictionary<string, CommandType> _types;

    /// <inheritdoc cref="CommandCatalogue"/>
    public CommandCatalogue()
    {
        Types =
        [
            // A door that opens or shuts long after it was asked for is a hazard, so these two live shortly.
            new CommandType(Object())
            {
                Name = CommandTypeNames.Lock,
                Description = "Locks the doors.",
                IsSafetyClass = true,
                DefaultTimeToLive = TimeSpan.FromSeconds(60),
                MaxTimeToLive = TimeSpan.FromMinutes(10),
                ExecutionTimeout = TimeSpan.FromSeconds(30),
            },
            new CommandType(Object())
            {
                Name = CommandTypeNames.Unlock,
                Description = "Unlocks the doors.",
                IsSafetyClass = true,
                DefaultTimeToLive = TimeSpan.FromSeconds(30),
                MaxTimeToLive = TimeSpan.FromMinutes(2),
                ExecutionTimeout = TimeSpan.FromSeconds(30),
            },
            new CommandType(Object(WholeNumber(CommandTypeNames.Seconds, 1, 3_600, "Seconds between two reports.")))
            {
                Name = CommandTypeNames.SetReportingInterval,
                Description = "Sets how often the car reports.",
                IsSafetyClass = false,
                DefaultTimeToLive = TimeSpan.FromHours(1),
                MaxTimeToLive = TimeSpan.FromDays(7),
                ExecutionTimeout = TimeSpan.FromSeconds(60),
            },
            new CommandType(Object())
            {
                Name = CommandTypeNames.Locate,
                Description = "Asks the car for its position at once.",
                IsSafetyClass = false,
                DefaultTimeToLive = TimeSpan.FromMinutes(5),
                MaxTimeToLive = TimeSpan.FromDays(1),
                ExecutionTimeout = TimeSpan.FromSeconds(60),
            },
            new CommandType(Object(WholeNumber(CommandTypeNames.KilometersPerHour, 10, 250, "Greatest speed in km/h.")))
            {
                Name = CommandTypeNames.SetSpeedLimit,
                Description = "Limits the car's speed.",
                IsSafetyClass = true,
                DefaultTimeToLive = TimeSpan.FromMinutes(2),
                MaxTimeToLive = TimeSpan.FromMinutes(15),
                ExecutionTimeout = TimeSpan.FromSeconds(30),
            },
        ];
        _types = Types.ToDictionary(type => type.Name, StringComparer.Ordinal);
    }

    /// <summary>All types, in the order in which they are shown.</summary>
    public IReadOnlyList<CommandType> Types { get; }

    /// <summary>A type by its name (case-sensitive), or null.</summary>
    public CommandType? Find(string name) => _types.GetValueOrDefault(name);

    private static JsonSchema Object(params (string Name, JsonSchemaProperty Property)[] properties)
    {
        var schema = new JsonSchema { Type = JsonObjectType.Object, AllowAdditionalProperties = false };
        foreach (var (name, property) in properties)
        {
            schema.Properties[name] = property;
            schema.RequiredProperties.Add(name);
        }

        return schema;
    }

    private static (string Name, JsonSchemaProperty Property) WholeNumber(string name, int minimum, int maximum, string description) =>
        (name, new JsonSchemaProperty { Type = JsonObjectType.Integer, Minimum = minimum, Maximum = maximum, Description = description });
}
