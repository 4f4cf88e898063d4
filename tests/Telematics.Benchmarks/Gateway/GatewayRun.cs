using System.Diagnostics;
using System.Globalization;
using Telematics.Benchmarks.Database;
using Telematics.Gateway;
using Telematics.Mqtt;
using Telematics.Simulator.Meters;

namespace Telematics.Benchmarks.Gateway;

/// <summary>The measurements.</summary>
internal static class GatewayRun
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5);

    /// <summary>Closed loop: each connection sends the next message when the last is acknowledged.</summary>
    public static async Task PublishAsync(GatewayTransport transport, int connections, int payload, TimeSpan time, CancellationToken cancellationToken)
    {
        using var server = await GatewayProcess.StartAsync(transport);
        var connect = ServerCpu.Read(server.Id)!.Value;
        await using var clients = await ConnectAsync(server, connections, payload, cancellationToken);
        connect = ServerCpu.Read(server.Id)!.Value - connect;
        clients.Publish();
        await clients.WaitAsync(WarmUp, cancellationToken);
        var (messages, cpu, start) = (clients.Acknowledged, ServerCpu.Read(server.Id)!.Value, Stopwatch.GetTimestamp());
        await clients.WaitAsync(time, cancellationToken);
        messages = clients.Acknowledged - messages;
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
        await using (await ConnectAsync(server, 500, 120, cancellationToken))
        {
        }

        await server.WaitForConnectionsAsync(0);
        var before = await server.ReadMemoryAsync();
        await using var clients = await ConnectAsync(server, connections, 120, cancellationToken);
        var with = await server.ReadMemoryAsync();
        Report("idle");

        var goal = clients.Connects;
        var reconnects = clients.Reconnect(Math.Min(10_000, connections));
        goal += reconnects;
        await clients.WaitForConnectsAsync(goal, cancellationToken);
        ThrowIfFailed(clients);
        await server.WaitForConnectionsAsync(connections);
        with = await server.ReadMemoryAsync();
        Report(string.Create(CultureInfo.InvariantCulture, $"after a storm of {reconnects:N0} reconnects"));

        void Report(string when) => Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{transport}: {connections} connections {when}: {(double)(with.Anonymous - before.Anonymous) / connections:N0} B of process memory each ({(double)(with.Uncollected - before.Anonymous) / connections:N0} B before a collection), of it managed {(double)(with.Managed - before.Managed) / connections:N0} B; process without any {before.Resident / 1e6:N0} MB"));
    }

    // Client ids as long as a VIN, nearly.
    private static async Task<Meter> ConnectAsync(GatewayProcess server, int connections, int payload, CancellationToken cancellationToken)
    {
        var clients = new Meter(
            new MeterOptions { Port = server.Port, Connections = connections, PayloadBytes = payload, Prefix = "LSVAA4187E", Version = MqttProtocolVersion.V311 },
            TimeProvider.System);
        await clients.StartAsync(cancellationToken);
        await clients.WaitForConnectsAsync(connections, cancellationToken);
        ThrowIfFailed(clients);
        return clients;
    }

    private static void ThrowIfFailed(Meter clients)
    {
        if (clients.Failed > 0)
        {
            throw new InvalidOperationException($"{clients.Failed} clients failed: {clients.LastFailure}");
        }
    }
}
