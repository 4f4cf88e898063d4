using Microsoft.Extensions.Options;
using Telematics.Api;
using Telematics.Commands;
using Telematics.Gateway;
using Telematics.Ingest;
using Telematics.Messaging.Embedded;
using Telematics.Storage;

namespace Telematics.Host.Settings;

/// <summary>Looks at all settings before anything is opened, and reports all that are wrong at once.</summary>
internal static class SettingsCheck
{
    /// <summary>The options class of each section.</summary>
    public static IReadOnlyDictionary<string, Type> OptionsBySection { get; } = new Dictionary<string, Type>(StringComparer.OrdinalIgnoreCase)
    {
        [TelematicsOptions.SectionName] = typeof(TelematicsOptions),
        [HttpOptions.SectionName] = typeof(HttpOptions),
        [EmbeddedLogOptions.SectionName] = typeof(EmbeddedLogOptions),
        [StorageOptions.SectionName] = typeof(StorageOptions),
        [GatewayOptions.SectionName] = typeof(GatewayOptions),
        [IngestOptions.SectionName] = typeof(IngestOptions),
        [VehiclesOptions.SectionName] = typeof(VehiclesOptions),
        [CommandsOptions.SectionName] = typeof(CommandsOptions),
        [ApiOptions.SectionName] = typeof(ApiOptions),
    };

    /// <summary>Runs every check.</summary>
    /// <exception cref="OptionsValidationException">With one line for each wrong setting.</exception>
    public static void ThrowIfWrong(WebApplication application)
    {
        var faults = new OptionNames(OptionsBySection).Check(application.Configuration.GetSection(TelematicsOptions.SectionName));
        var failures = faults.Select(fault => fault.Text).ToList();
        if (faults.Any(fault => fault.IsUnreadable))
        {
            // An options class with an unreadable value cannot be made, and so cannot be validated any further.
            throw new OptionsValidationException(TelematicsOptions.SectionName, typeof(TelematicsOptions), failures);
        }

        try
        {
            application.Services.GetRequiredService<IStartupValidator>().Validate();
        }
        catch (Exception e) when (StartupFault.Describe(e) is { } invalid)
        {
            failures.AddRange(invalid);
        }

        if (failures.Count > 0)
        {
            throw new OptionsValidationException(TelematicsOptions.SectionName, typeof(TelematicsOptions), failures);
        }
    }
}
