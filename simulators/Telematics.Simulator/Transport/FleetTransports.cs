using System.Net;
using System.Net.Sockets;
using Telematics.Contracts;
using Telematics.Mqtt.Sockets;
using Telematics.Simulator.Planning;

namespace Telematics.Simulator.Transport;

/// <summary>The transports of a plan's loops: on epoll where this system has it, else on .NET's sockets.</summary>
internal sealed class FleetTransports
{
    private readonly IPEndPoint _gateway;

    private FleetTransports(IPEndPoint gateway, ConnectionPlan plan)
    {
        _gateway = gateway;
        Plan = plan;
    }

    /// <summary>How the connections are spread.</summary>
    public ConnectionPlan Plan { get; }

    /// <summary>Looks up the gateway and plans the connections to it.</summary>
    /// <exception cref="StartupException">The host is unknown, or a limit of the system is too low.</exception>
    public static async Task<FleetTransports> PlanAsync(
        string host, int port, int connections, int spare, IReadOnlyList<IPAddress> sources, int threads, CancellationToken cancellationToken)
    {
        var gateway = new IPEndPoint(await ResolveAsync(host, cancellationToken), port);
        var demand = new ConnectionDemand(connections, spare, gateway.Address, sources, threads);
        return new FleetTransports(gateway, ConnectionPlan.Make(demand, SystemLimits.Read(), SocketLoop.IsSupported));
    }

    /// <summary>The transport of one loop; it opens nothing yet.</summary>
    public IFleetTransport Create(int loop)
    {
        var slots = Plan.GetNumbers(loop, first: 1).Count;
        return SocketLoop.IsSupported
            ? new EpollFleetTransport(_gateway, slots, slot => Plan.GetSource(loop, slot))
            : new SocketTransport(_gateway, slots, slot => Plan.GetSource(loop, slot));
    }

    private static async Task<IPAddress> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out var address))
        {
            return address;
        }

        try
        {
            var addresses = await Dns.GetHostAddressesAsync(host, cancellationToken);
            return Array.Find(addresses, candidate => candidate.AddressFamily == AddressFamily.InterNetwork) ?? addresses[0];
        }
        catch (SocketException e)
        {
            throw new StartupException($"gateway host '{host}' is not known: {e.Message}", e);
        }
    }
}
