using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using Telematics.Contracts;
using Telematics.Vehicle.Tracks;

namespace Telematics.Vehicle;

/// <summary>The command line of the onboard client.</summary>
internal static class VehicleCommandLine
{
    private const int DefaultPort = 1883;
    private const int DefaultTlsPort = 8883;
    private const int Faulted = 1;
    private const int CannotStart = 2;

    /// <summary>Parses, runs and answers the exit code: 0 ended as asked, 1 a fault, 2 cannot start as told.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var vehicle = new Option<string>("--vehicle") { Description = "Vehicle id: 1 to 64 of [A-Za-z0-9_.:@-].", Required = true };
        var gateway = new Option<string>("--gateway") { Description = "HOST or HOST:PORT of the gateway. Default: 127.0.0.1:1883, with --tls port 8883.", DefaultValueFactory = _ => "127.0.0.1" };
        var tls = new Option<bool>("--tls") { Description = "Connect with TLS; the gateway's certificate must be trusted here." };
        var password = new Option<string?>("--password") { Description = "The vehicle's secret. Or in the environment variable TELEMATICS_VEHICLE_PASSWORD, where other users do not see it." };
        var data = new Option<string?>("--data") { Description = "Folder of the client's file. Default: ./vehicle-data/VEHICLE" };
        var format = new Option<PayloadFormat>("--format") { Description = "json or protobuf.", DefaultValueFactory = _ => PayloadFormat.Protobuf };
        var interval = new Option<double>("--interval") { Description = "Seconds between two samples, 1 to 3600, until an order sets another.", DefaultValueFactory = _ => 5 };
        var replay = new Option<string?>("--replay") { Description = "CSV file of a recorded track: columns time (seconds or RFC 3339) and VSS paths. Without it the car is parked." };
        var loop = new Option<bool>("--loop") { Description = "Begin the track again at its end, instead of ending when everything was forwarded." };
        var root = new RootCommand("Onboard client of a car: reports telemetry over MQTT with store and forward, and carries out orders.")
        {
            vehicle, gateway, tls, password, data, format, interval, replay, loop,
        };
        var options = default(VehicleOptions);
        root.SetAction(result =>
        {
            var id = result.GetRequiredValue(vehicle);
            var isTls = result.GetValue(tls);
            var (host, port) = SplitGateway(result.GetRequiredValue(gateway), isTls ? DefaultTlsPort : DefaultPort);
            options = new VehicleOptions
            {
                VehicleId = id,
                Host = host,
                Port = port,
                UseTls = isTls,
                Password = result.GetValue(password) ?? Environment.GetEnvironmentVariable("TELEMATICS_VEHICLE_PASSWORD"),
                DataFolder = result.GetValue(data) ?? Path.Combine("vehicle-data", id.Replace(':', '_')),
                Format = result.GetValue(format),
                Interval = TimeSpan.FromSeconds(result.GetValue(interval)),
                ReplayFile = result.GetValue(replay),
                Loop = result.GetValue(loop),
            };
        });

        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            return Refuse([.. parsed.Errors.Select(error => $"{error.Message} See --help.")]);
        }

        var exitCode = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
        if (options is null)
        {
            return exitCode; // --help, --version
        }

        var faults = Check(options);
        return faults.Count > 0 ? Refuse(faults) : await RunAsync(options);
    }

    private static async Task<int> RunAsync(VehicleOptions options)
    {
        using var loggers = LoggerFactory.Create(builder => builder.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss ";
        }));
        var logger = loggers.CreateLogger("Telematics.Vehicle");
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            await VehicleProcess.RunAsync(options, TimeProvider.System, logger, stop.Token);
            return 0;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 0;
        }
        catch (TrackException e)
        {
            return Refuse([$"--replay {options.ReplayFile}: {e.Message}"]);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException or SqliteException { SqliteErrorCode: 5 or 8 or 14 })
        {
            return Refuse([$"--data {options.DataFolder}: {e.Message} (not writable, or in use by another client?)"]);
        }
        catch (Exception e)
        {
            logger.Faulted(e);
            return Faulted;
        }

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }
    }

    private static List<string> Check(VehicleOptions options)
    {
        var faults = new List<string>();
        if (!VehicleId.IsValid(options.VehicleId))
        {
            faults.Add($"--vehicle {options.VehicleId}: must be 1 to {VehicleId.MaxLength} of [A-Za-z0-9_.:@-].");
        }

        if (options.Host.Length == 0 || options.Port is < 1 or > 65_535)
        {
            faults.Add("--gateway: must be HOST or HOST:PORT with a port from 1 to 65535.");
        }

        if (options.Interval < TimeSpan.FromSeconds(1) || options.Interval > TimeSpan.FromHours(1))
        {
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"--interval {options.Interval.TotalSeconds}: must be 1 to 3600 seconds."));
        }

        if (options is { Loop: true, ReplayFile: null })
        {
            faults.Add("--loop: needs --replay.");
        }

        return faults;
    }

    private static (string Host, int Port) SplitGateway(string gateway, int defaultPort)
    {
        var colon = gateway.LastIndexOf(':');
        if (colon < 0 || gateway.EndsWith(']'))
        {
            return (gateway.Trim('[', ']'), defaultPort);
        }

        return (gateway[..colon].Trim('[', ']'), int.TryParse(gateway.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : 0);
    }

    private static int Refuse(IReadOnlyList<string> faults)
    {
        foreach (var fault in faults)
        {
            Console.Error.WriteLine($"telematics-vehicle: {fault.ReplaceLineEndings(" ")}");
        }

        return CannotStart;
    }
}
