using Telematics.Storage;

namespace Telematics.Host;

/// <summary>A command that needs the database, migrated, and nothing else: no log, no role, no listener.</summary>
internal static class DatabaseOnly
{
    public static async Task<int> RunAsync(string[] settings, Func<IServiceProvider, Task<int>> action, CancellationToken cancellationToken)
    {
        try
        {
            var server = ServerBuilder.Create(settings);
            var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
            builder.Configuration.AddConfiguration(server.Configuration);
            Directory.CreateDirectory(DataFolder.PathOf(server.Configuration[$"{StorageOptions.SectionName}:{nameof(StorageOptions.DataDirectory)}"]));
            builder.Services.AddTelematicsStorage();
            using var host = builder.Build();
            await host.StartAsync(cancellationToken);
            var exitCode = await action(host.Services);
            await host.StopAsync(cancellationToken);
            return exitCode;
        }
        catch (Exception e) when (StartupFault.Describe(e) is { } faults)
        {
            return HostCommandLine.Refuse(faults);
        }
    }
}
