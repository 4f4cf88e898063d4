using Microsoft.Extensions.Options;
using Telematics.Api;
using Telematics.Commands;
using Telematics.Gateway;
using Telematics.Ingest;
using Telematics.Messaging.Embedded;
using Telematics.RocketMQ;
using Telematics.Storage;
using Telematics.Storage.Retention;

namespace Telematics.Host.Settings;

/// <summary>Looks at all settings before anything is opened, and reports all that are wrong at once.</summary>
internal static class SettingsCheck
{
    /// <summary>The options class of each section.</summary>
    public static IReadOnlyDictionary<string, Type> OptionsBySection { get; } = new Dictionary<string, Type>(StringComparer.OrdinalIgnoreCase)
    {
        [TelematicsOptions.SectionName] = typeof(TelematicsOptions),
        [HttpOptions.SectionName] = typeof(HttpOptions),
        [MessagingOptions.SectionName] = typeof(MessagingOptions),
        [RocketMQOptions.SectionName] = typeof(RocketMQOptions),
        [EmbeddedLogOptions.SectionName] = typeof(EmbeddedLogOptions),
        [StorageOptions.SectionName] = typeof(StorageOptions),
        [RetentionOptions.SectionName] = typeof(RetentionOptions),
        [GatewayOptions.SectionName] = typeof(GatewayOptions),
        [IngestOptions.SectionName] = typeof(IngestOptions),
        [VehiclesOptions.SectionName] = typeof(VehiclesOptions),
        [CommandsOptions.SectionName] = typeof(CommandsOptions),
        [ApiOptions.SectionName] = typeof(ApiOptions),
    };

    /// <summary>Runs every check.</summary>
    /// <exception cref="OptionsValidationException">With one line for each wrong setting.</exception>
    public static void ThrowIfWrong(WebApplicationBuilder builder)
    {
        var faults = new OptionNames(OptionsBySection).Check(builder.Configuration.GetSection(TelematicsOptions.SectionName));
        var failures = faults.Select(fault => fault.Text).ToList();
        if (faults.Any(fault => fault.IsUnreadable))
        {
            // An options class with an unreadable value cannot be made, and so cannot be validated any further.
            throw new OptionsValidationException(TelematicsOptions.SectionName, typeof(TelematicsOptions), failures);
        }

        // Building the application makes Kestrel's options, and with them ours: the first wrong one would end it. So the
        // validators run before, from a provider that makes nothing else.
#pragma warning disable ASP0000
        using var services = builder.Services.BuildServiceProvider();
#pragma warning restore ASP0000
        try
        {
            services.GetRequiredService<IStartupValidator>().Validate();
        }
        catch (OptionsValidationException e)
        {
            failures.AddRange(Describe(e, builder.Configuration));
        }
        catch (AggregateException e) when (e.InnerExceptions.All(inner => inner is OptionsValidationException))
        {
            failures.AddRange(e.InnerExceptions.SelectMany(inner => Describe((OptionsValidationException)inner, builder.Configuration)));
        }

        if (failures.Count > 0)
        {
            throw new OptionsValidationException(TelematicsOptions.SectionName, typeof(TelematicsOptions), failures);
        }
    }

    /// <summary>Generated validators name the property; an operator needs the setting, its value and the limit.</summary>
    private static IEnumerable<string> Describe(OptionsValidationException exception, IConfiguration configuration)
    {
        var section = OptionsBySection.FirstOrDefault(entry => entry.Value == exception.OptionsType).Key;
        foreach (var failure in exception.Failures)
        {
            var name = failure.Split(':', 2)[0];
            var generated = $"{name}: The field {exception.OptionsType.Name}.{name} ";
            yield return section is not null && failure.StartsWith(generated, StringComparison.Ordinal)
                ? $"{section}:{name} is '{configuration[$"{section}:{name}"]}', but {failure[generated.Length..]}"
                : failure;
        }
    }
}
