using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Telematics.Messaging;
using Telematics.RocketMQ.Producing;
using Telematics.RocketMQ.Reading;
using Telematics.RocketMQ.Remoting;

namespace Telematics.RocketMQ;

/// <summary>Registers a RocketMQ cluster as the message log.</summary>
public static class RocketMQServiceCollectionExtensions
{
    /// <summary>
    /// Adds the cluster of <see cref="RocketMQOptions"/> as <see cref="IMessageLog"/>. It is waited for before hosted
    /// services start, and <see cref="MessageLogException"/> is thrown when the settings do not fit it.
    /// </summary>
    public static IServiceCollection AddRocketMQMessageLog(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptionsWithValidateOnStart<RocketMQOptions, RocketMQOptionsValidator>().BindConfiguration(RocketMQOptions.SectionName);
        services.AddSingleton<IValidateOptions<RocketMQOptions>, RocketMQAddressValidator>();
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<RemotingMetrics>();
        services.TryAddSingleton<ProducingMetrics>();
        services.TryAddSingleton<ReadingMetrics>();
        services.AddSingleton<RocketMQMessageLog>();
        services.AddSingleton<IMessageLog>(provider => provider.GetRequiredService<RocketMQMessageLog>());
        services.AddHostedService<RocketMQLogOpening>();
        return services;
    }
}
