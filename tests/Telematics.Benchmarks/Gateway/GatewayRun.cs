using System.Diagnostics;
using System.Globalization;
using Telematics.Benchmarks.Database;
using Telematics.Gateway;

namespace Telematics.Benchmarks.Gateway;

/// <summary>The measurements.</summary>
internal static class GatewayRun
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5);

    /// <summary>Closed loop: each connection sends the next message when the last is acknowledged.</summary>
    public static async Task PublishAsync(GatewayTransport transport, int connections, int payload, TimeSpan time, CancellationToken cancellationToken)
    {
        using var server = await GatewayProcess.StartAsync(transport);
        using var fleet = new MeterFleet(server.Port, connections, payload);
        var connect = ServerCpu.Read(server.Id)!.Value;
        await fleet.ConnectAsync(cancellationToken);
        connect = ServerCpu.Read(server.Id)!.Value - connect;
        fleet.IsPublishing = true;
        await Task.Delay(WarmUp, cancellationToken);
        var (messages, cpu, start) = (fleet.Acknowledged, ServerCpu.Read(server.Id)!.Value, Stopwatch.GetTimestamp());
        await Task.Delay(time, cancellationToken);
        messages = fleet.Acknowledged - messages;
        cpu = ServerCpu.Read(server.Id)!.Value - cpu;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{transport}: {connections} connections, {payload} B, QoS 1, one under way each: {messages / Stopwatch.GetElapsedTime(start).TotalSeconds:N0} messages/s, server CPU {cpu.TotalMicroseconds / messages:N2} us a message; connect {connect.TotalMicroseconds / connections:N1} us (runtime's start included)"));
    }

    /// <summary>Memory of the server's process with idle connections, and after a storm of reconnects.</summary>
    public static async Task IdleAsync(GatewayTransport transport, int connections, CancellationToken cancellationToken)
    {
        using var server = await GatewayProcess.StartAsync(transport);

        // What the first connections cost is the runtime's: code, type loading.
        using (var first = new MeterFleet(server.Port, 500, 120))
        {
            await first.ConnectAsync(cancellationToken);
        }

        await server.WaitForConnectionsAsync(0);
        var before = await server.ReadMemoryAsync();
        using var fleet = new MeterFleet(server.Port, connections, 120);
        await fleet.ConnectAsync(cancellationToken);
        var with = await server.ReadMemoryAsync();
        Report("idle");

        await fleet.ReconnectAsync(Math.Min(10_000, connections), cancellationToken);
        await server.WaitForConnectionsAsync(connections);
        with = await server.ReadMemoryAsync();
        Report("after a storm of 10,000 reconnects");

        void Report(string when) => Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{transport}: {connections} connections {when}: {(double)(with.Anonymous - before.Anonymous) / connections:N0} B of process memory each ({(double)(with.Uncollected - before.Anonymous) / connections:N0} B before a collection), of it managed {(double)(with.Managed - before.Managed) / connections:N0} B; process without any {before.Resident / 1e6:N0} MB"));
    }
}
