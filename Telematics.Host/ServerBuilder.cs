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
using Telematics.Storage;

namespace Telematics.Host;

/// <summary>Puts the process together: settings, the message log, the database, the roles and the listeners.</summary>
internal static class ServerBuilder
{
    /// <summary>The process ends within 10 s of Ctrl+C: this for draining, the rest for the runtime.</summary>
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(8);

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
    public static void AddServer(this WebApplicationBuilder builder)
    {
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = ShutdownTimeout);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddOptionsWithValidateOnStart<TelematicsOptions, TelematicsOptionsValidator>().BindConfiguration(TelematicsOptions.SectionName);
        builder.Services.AddOptionsWithValidateOnStart<HttpOptions, HttpOptionsValidator>().BindConfiguration(HttpOptions.SectionName);
        builder.Services.AddSingleton<IValidateOptions<HttpOptions>, HttpAddressValidator>();
        builder.Services.AddObservability();
        builder.Logging.AddStartupFaultFilter(builder.Services);

        builder.Services.AddEmbeddedMessageLog();
        builder.Services.AddTelematicsStorage();
        builder.Services.AddCredentialVerifier();
        builder.Services.AddMaintenanceScheduler();
        builder.Services.AddMaintenanceTrigger();
        builder.Services.AddTelematicsIngest();
        builder.Services.AddTelematicsCommands();
        builder.Services.AddTelematicsApi();
        builder.Services.AddTelematicsGateway();

        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            var http = kestrel.ApplicationServices.GetRequiredService<IOptions<HttpOptions>>().Value;
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Parse(http.Address), http.EffectivePort);
            kestrel.ListenMqtt();
        });
    }

    /// <summary>What HTTP answers.</summary>
    public static void MapServer(this WebApplication application)
    {
        application.MapObservability();
        application.MapTelematicsApi();
        application.MapSchedulerDashboard();
    }
}
