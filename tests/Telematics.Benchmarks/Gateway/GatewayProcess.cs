using System.Diagnostics;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Telematics.Gateway;
using Telematics.Messaging;

namespace Telematics.Benchmarks.Gateway;

/// <summary>A gateway without anything behind it, in a process of its own, so that its CPU and memory are nobody else's.</summary>
internal sealed class GatewayProcess : IDisposable
{
    private readonly Process _process;

    private GatewayProcess(Process process, int port)
    {
        _process = process;
        Port = port;
    }

    public int Id => _process.Id;

    public int Port { get; }

    public static async Task<GatewayProcess> StartAsync(GatewayTransport transport)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(typeof(GatewayProcess).Assembly.Location);
        }

        foreach (var argument in new[] { "gateway", "serve", "--transport", transport.ToString() })
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;
        return new GatewayProcess(process, int.Parse(await ReadLineAsync(process), CultureInfo.InvariantCulture));
    }

    /// <summary>The process's work: serves until its standard input ends.</summary>
    public static async Task ServeAsync(GatewayTransport transport, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Telematics:Gateway:Port"] = "0",
            ["Telematics:Gateway:Transport"] = transport.ToString(),
        });
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IMessageLog>(new InstantLog()).AddTelematicsGateway();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.ListenMqtt();
        });
        await using var app = builder.Build();
        await app.StartAsync(cancellationToken);
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        Console.WriteLine(app.Services.GetRequiredService<GatewayServer>().EpollEndPoint?.Port ?? new Uri(addresses.Last()).Port);
        while (await Console.In.ReadLineAsync(cancellationToken) is { } order)
        {
            if (order == "collect")
            {
                GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                Console.WriteLine(GC.GetTotalMemory(forceFullCollection: true));
            }
            else
            {
                Console.WriteLine(app.Services.GetRequiredService<GatewayStatistics>().Connections);
            }
        }

        await app.StopAsync(cancellationToken);
    }

    /// <summary>Waits until it has so many connections.</summary>
    public async Task WaitForConnectionsAsync(int count)
    {
        while (await AskAsync("count") != count)
        {
            await Task.Delay(100);
        }
    }

    /// <summary>Reads its memory: as it is, and after a collection.</summary>
    public async Task<ProcessMemory> ReadMemoryAsync()
    {
        await Task.Delay(1_000);
        var uncollected = ReadRollup("Anonymous:");
        var managed = await AskAsync("collect");
        return new ProcessMemory(uncollected, ReadRollup("Anonymous:"), managed, ReadRollup("Rss:"));
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(20_000))
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private async Task<long> AskAsync(string order)
    {
        await _process.StandardInput.WriteLineAsync(order);
        return long.Parse(await ReadLineAsync(_process), CultureInfo.InvariantCulture);
    }

    private static async Task<string> ReadLineAsync(Process process) =>
        await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The gateway's process has ended.");

    private long ReadRollup(string field) =>
        long.Parse(File.ReadLines($"/proc/{Id}/smaps_rollup").First(line => line.StartsWith(field, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1_024;
}

/// <summary>Memory of a process, in bytes.</summary>
/// <param name="Uncollected">Of its own, as it was.</param>
/// <param name="Anonymous">Of its own, after a collection.</param>
/// <param name="Managed">Of it the managed heap.</param>
/// <param name="Resident">All that is resident, program files included.</param>
internal readonly record struct ProcessMemory(long Uncollected, long Anonymous, long Managed, long Resident);
