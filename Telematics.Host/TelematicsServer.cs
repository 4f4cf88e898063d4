using Telematics.Contracts;
using Telematics.Host.Demo;
using Telematics.Host.Settings;

namespace Telematics.Host;

/// <summary>Runs the server from its settings to its end.</summary>
internal static class TelematicsServer
{
    public static async Task<int> RunAsync(string[] settings, int? demoCars, CancellationToken cancellationToken)
    {
        try
        {
            var builder = ServerBuilder.Create(settings);
            var parts = builder.AddServer();
            if (demoCars is { } cars)
            {
                if (parts.Roles != Role.All)
                {
                    throw new StartupException("--demo shows what the whole server does: it needs all roles in this process (leave out Telematics:Roles).");
                }

                builder.Services.AddSingleton(new DemoSize(cars));
                builder.Services.AddHostedService<DemoFleet>();
                builder.Services.AddHostedService<DemoProgress>();
            }

            SettingsCheck.ThrowIfWrong(builder);
            using var dataFolder = parts.HasDataFolder
                ? DataFolder.Open(builder.Configuration[$"{TelematicsOptions.SectionName}:{nameof(TelematicsOptions.DataDirectory)}"])
                : null;
            await using var application = builder.Build();
            application.MapServer();
            await StartAsync(application, cancellationToken);
            await application.WaitForShutdownAsync(cancellationToken);
            return ExitCodeOf(application);
        }
        catch (Exception e) when (StartupFault.Describe(e) is { } faults)
        {
            return HostCommandLine.Refuse(faults);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync($"telematics: ended by an unexpected fault. {e}");
            return ExitCode.Failure;
        }
    }

    /// <summary>A loop that dies stops the process (the log says why); whoever supervises it must see a failure, not an end that was asked for.</summary>
    private static int ExitCodeOf(WebApplication application) =>
        application.Services.GetServices<IHostedService>().OfType<BackgroundService>().Any(service => service.ExecuteTask is { IsFaulted: true })
            ? ExitCode.Failure
            : ExitCode.Success;

    /// <summary>Starts, or stops what had started already before it fails: the roles must not outlive the message log.</summary>
    private static async Task StartAsync(WebApplication application, CancellationToken cancellationToken)
    {
        try
        {
            await application.StartAsync(cancellationToken);
        }
        catch
        {
            await application.StopAsync(CancellationToken.None);
            throw;
        }
    }
}
