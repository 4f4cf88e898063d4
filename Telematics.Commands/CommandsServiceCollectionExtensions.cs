using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Telematics.Commands.Catalogue;
using Telematics.Commands.Dispatch;
using Telematics.Commands.Executions;
using Telematics.Commands.Operations;
using Telematics.Commands.Presence;
using Telematics.Commands.Receipts;
using Telematics.Commands.Registry;
using Telematics.Commands.Results;
using Telematics.Storage;

namespace Telematics.Commands;

/// <summary>Registers the Commands role.</summary>
public static class CommandsServiceCollectionExtensions
{
    /// <summary>The whole role: catalogue and operations, and the services that dispatch, follow and consume. It needs a database and a message log.</summary>
    public static IServiceCollection AddTelematicsCommands(this IServiceCollection services)
    {
        services.AddTelematicsCommandOperations();
        services.TryAddSingleton<GatewayOrders>();
        services.TryAddSingleton<ExecutionJournal>();
        services.TryAddSingleton<ExecutionTimes>();
        services.TryAddSingleton<SignalBatch>();
        services.TryAddSingleton<RestingOrders>();
        services.TryAddSingleton<WaitingOrders>();
        services.TryAddSingleton<BroadcastRelease>();
        services.TryAddSingleton<DirectedDispatch>();
        services.TryAddSingleton<CancelSweep>();
        services.TryAddSingleton<ExpirySweep>();
        services.TryAddSingleton<TimeoutSweep>();
        services.TryAddSingleton<InstanceWatch>();
        services.TryAddSingleton<RegistryFollower>();
        services.TryAddSingleton<VehicleEventHandler>();
        services.TryAddSingleton<CommandReceiptHandler>();
        services.TryAddSingleton<CommandResultHandler>();
        services.TryAddEnumerable(
        [
            ServiceDescriptor.Singleton<IHostedService, CommandsConsumers>(),
            ServiceDescriptor.Singleton<IHostedService, CommandDispatcher>(),
            ServiceDescriptor.Singleton<IHostedService, PresenceService>(),
            ServiceDescriptor.Singleton<IHostedService, RegistryFollowerService>(),
        ]);
        return services;
    }

    /// <summary>Only what the Api needs: <see cref="CommandCatalogue"/> and <see cref="CommandOperations"/>. It needs a database.</summary>
    public static IServiceCollection AddTelematicsCommandOperations(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptionsWithValidateOnStart<CommandsOptions, CommandsOptionsValidator>().BindConfiguration(CommandsOptions.SectionName);
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<CommandCatalogue>();
        services.TryAddSingleton<CommandsMetrics>();
        services.TryAddSingleton<DispatchWake>();
        services.TryAddSingleton<CommandWriter>();
        services.TryAddSingleton(provider => new CommandOperations(
            provider.GetRequiredService<ITelematicsDatabase>(),
            provider.GetRequiredService<CommandCatalogue>(),
            provider.GetRequiredService<CommandWriter>(),
            provider.GetRequiredService<DispatchWake>(),
            provider.GetRequiredService<CommandsMetrics>(),
            provider.GetRequiredService<IOptions<CommandsOptions>>(),
            provider.GetRequiredService<ILogger<CommandOperations>>()));
        return services;
    }
}
