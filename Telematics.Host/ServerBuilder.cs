using System.Net;
using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Options;
using Telematics.Api;
using Telematics.Commands;
using Telematics.Gateway;
using Telematics.Host.Observability;
using Telematics.Host.Scheduling;
using Telematics.Host.Settings;
using Telematics.Ingest;
using Telematics.Messaging;
using Telematics.Messaging.Embedded;
using Telematics.RocketMQ;
using Telematics.Storage;

namespace Telematics.Host;

/// <summary>Puts the process together: settings, the message log, the database, the roles and the listeners.</summary>
internal static class ServerBuilder
{
    /// <summary>Beside what the gateway gives its clients for leaving. By default the process ends within 10 s of Ctrl+C: 8 s for this, the rest for the runtime.</summary>
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(5);

    /// <summary>A builder with .NET's own configuration: appsettings.json, environment variables, command line.</summary>
    public static WebApplicationBuilder Create(string[] settings)
    {
        // Options are read once. Watching for changes would cost a wake-up for every write to a data folder below.
        var builder = WebApplication.CreateBuilder(["--hostBuilder:reloadConfigOnChange=false", .. settings]);
        IConfigurationBuilder configuration = builder.Configuration;
        var data = DataFolder.PathOf(builder.Configuration.GetSection(TelematicsOptions.SectionName)[nameof(TelematicsOptions.DataDirectory)]);
        configuration.Sources.Insert(0, new MemoryConfigurationSource
        {
            InitialData =
            [
                new($"{EmbeddedLogOptions.SectionName}:{nameof(EmbeddedLogOptions.Directory)}", Path.Combine(data, "log")),
                new($"{StorageOptions.SectionName}:{nameof(StorageOptions.DataDirectory)}", data),
            ],
        });

        // The program's own defaults lie beside it; an appsettings.json in the working directory goes over them.
        configuration.Sources.Insert(0, new JsonConfigurationSource
        {
            Path = "appsettings.json",
            FileProvider = new PhysicalFileProvider(AppContext.BaseDirectory),
            Optional = true,
        });
        return builder;
    }

    /// <summary>Everything the process does, in the order in which it starts; it stops in the reverse order.</summary>
    /// <returns>Of what it consists.</returns>
    public static ProcessParts AddServer(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<HostOptions>().Configure<IConfiguration>(static (options, configuration) =>
            options.ShutdownTimeout = ShutdownTimeout + TimeSpan.FromSeconds(configuration.GetSection(GatewayOptions.SectionName).GetValue(nameof(GatewayOptions.DrainSeconds), new GatewayOptions().DrainSeconds)));
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddOptionsWithValidateOnStart<TelematicsOptions, TelematicsOptionsValidator>().BindConfiguration(TelematicsOptions.SectionName);
        builder.Services.AddOptionsWithValidateOnStart<HttpOptions, HttpOptionsValidator>().BindConfiguration(HttpOptions.SectionName);
        builder.Services.AddSingleton<IValidateOptions<HttpOptions>, HttpAddressValidator>();
        var parts = ProcessParts.Read(builder.Configuration);
        builder.Services.AddSingleton(parts);
        builder.Services.AddOptions<MessagingOptions>().BindConfiguration(MessagingOptions.SectionName);
        builder.Services.AddObservability(parts);
        builder.Logging.AddStartupFaultFilter(builder.Services);
        builder.Services.AddParts(parts);

        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            var http = kestrel.ApplicationServices.GetRequiredService<IOptions<HttpOptions>>().Value;
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Parse(http.Address), http.EffectivePort);
            if (parts.Has(Role.Gateway))
            {
                kestrel.ListenMqtt();
            }
        });
        return parts;
    }

    /// <summary>What HTTP answers.</summary>
    public static void MapServer(this WebApplication application)
    {
        application.MapObservability();
        if (application.Services.GetRequiredService<ProcessParts>().Has(Role.Api))
        {
            application.MapTelematicsApi();
            application.MapSchedulerDashboard();
        }
    }

    private static void AddParts(this IServiceCollection services, ProcessParts parts)
    {
        if (parts.Messaging == MessagingProvider.RocketMQ)
        {
            services.AddRocketMQMessageLog();
        }
        else
        {
            services.AddEmbeddedMessageLog();
        }

        if (parts.HasDatabase)
        {
            services.AddTelematicsStorage();
        }

        if (parts.Has(Role.Gateway) && parts.ChecksLogIns)
        {
            services.AddCredentialVerifier(isAllThereIs: parts.Roles == Role.Gateway);
        }

        if (parts.RunsMaintenance)
        {
            services.AddMaintenanceScheduler();
        }

        if (parts.Has(Role.Ingest))
        {
            services.AddTelematicsIngest();
        }

        if (parts.Has(Role.Commands))
        {
            services.AddTelematicsCommands();
        }

        if (parts.Has(Role.Api))
        {
            services.AddMaintenanceTrigger();
            services.AddTelematicsApi();
        }

        if (parts.Has(Role.Gateway))
        {
            services.AddTelematicsGateway();
        }
    }
}
