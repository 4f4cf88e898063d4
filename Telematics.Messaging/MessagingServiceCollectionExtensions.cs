using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Telematics.Messaging.Embedded;

namespace Telematics.Messaging;

/// <summary>Registers message logs.</summary>
public static class MessagingServiceCollectionExtensions
{
    /// <summary>
    /// Adds the embedded log as <see cref="IMessageLog"/>. It opens before hosted services start and throws
    /// <see cref="MessageLogException"/> when its folder cannot be used.
    /// </summary>
    public static IServiceCollection AddEmbeddedMessageLog(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptionsWithValidateOnStart<EmbeddedLogOptions, EmbeddedLogOptionsValidator>().BindConfiguration(EmbeddedLogOptions.SectionName);
        services.AddSingleton<IValidateOptions<EmbeddedLogOptions>, SegmentSizeValidator>();
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<MessagingMetrics>();
        services.AddSingleton<EmbeddedMessageLog>();
        services.AddSingleton<IMessageLog>(provider => provider.GetRequiredService<EmbeddedMessageLog>());
        services.AddHostedService<EmbeddedLogOpening>();
        return services;
    }
}
