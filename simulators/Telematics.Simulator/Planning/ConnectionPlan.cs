using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Telematics.Contracts;

namespace Telematics.Simulator.Planning;

/// <summary>How very many connections are spread over loops and source addresses.</summary>
internal sealed record ConnectionPlan
{
    /// <summary>Connections above which the machine is better left some air: connects in turn, and sends gathered.</summary>
    public const int ManyConnections = 20_000;

    private const int ConnectionsPerThread = 4_000;
    private const int MostLoops = 512;

    // Epoll, wake-up, what the runtime opens for a moment; and the runtime's own files where a table is shared.
    private const int ReservePerLoop = 100;
    private const int ReservePerProcess = 300;
    private const int ReserveOfSystem = 2_000;

    // Up to half the port range a free port is found at once; past that a connect costs a millisecond instead of 45 us.
    private const int MostPerSource = 14_000;
    private const int FirstSource = 0x7F00_0001;

    private IReadOnlyList<IPAddress> _sources = [];

    /// <summary>Connections in all.</summary>
    public required int Connections { get; init; }

    /// <summary>Loops, each with a thread of its own.</summary>
    public required int Loops { get; init; }

    /// <summary>Connections of one source address; 0 when the system chooses it.</summary>
    public required int PerSource { get; init; }

    /// <summary>Connections of the fullest loop.</summary>
    public int PerLoop => ((Connections - 1) / Loops) + 1;

    /// <summary>Source addresses.</summary>
    public int Sources => PerSource == 0 ? 1 : ((Connections - 1) / PerSource) + 1;

    /// <summary>Connects a second when nothing else is asked for; 0 for as fast as it goes.</summary>
    public double ConnectRate => Connections > ManyConnections ? 5_000 : 0;

    /// <summary>Milliseconds between two turns of a loop when nothing else is asked for; 0: each message wakes it.</summary>
    public int GatherMilliseconds => Connections > ManyConnections ? 20 : 0;

    /// <summary>Makes a plan.</summary>
    /// <param name="demand">For what.</param>
    /// <param name="limits">Within which limits.</param>
    /// <param name="hasOwnTables">Whether each loop has a table of descriptors of its own.</param>
    /// <exception cref="StartupException">The limits are too low; the text says which, and what is needed.</exception>
    public static ConnectionPlan Make(ConnectionDemand demand, SystemLimits limits, bool hasOwnTables)
    {
        var connections = demand.Connections;
        var descriptors = connections + demand.Spare;
        var loops = demand.Threads > 0 ? demand.Threads : Math.Min(Environment.ProcessorCount, ((connections - 1) / ConnectionsPerThread) + 1);
        var faults = new List<string>();
        if (hasOwnTables)
        {
            var perTable = Math.Max(1, limits.OpenFiles - ReservePerLoop);
            loops = (int)Math.Max(loops, ((descriptors - 1) / perTable) + 1);
            if (loops > MostLoops)
            {
                faults.Add($"the limit of open files (ulimit -n) is {limits.OpenFiles}: {connections} connections would need {loops} threads, at most {MostLoops} are sensible; raise it to {((descriptors - 1) / MostLoops) + 1 + ReservePerLoop} or more (fs.nr_open allows {limits.LargestOpenFiles})");
            }
        }
        else if (descriptors + ReservePerProcess > limits.OpenFiles)
        {
            faults.Add($"the limit of open files (ulimit -n) is {limits.OpenFiles}, {connections} connections need {descriptors + ReservePerProcess}; raise it (fs.nr_open allows {limits.LargestOpenFiles}) or take fewer");
        }

        // The other ends are files of this machine too when the gateway is on it.
        var isLocal = IPAddress.IsLoopback(demand.Gateway);
        var files = limits.SystemFilesInUse + ReserveOfSystem + ((long)descriptors * (isLocal ? 2 : 1));
        if (files > limits.SystemFiles)
        {
            faults.Add($"fs.file-max is {limits.SystemFiles}, {connections} connections{(isLocal ? " and their other ends on this machine" : "")} need {files} (sysctl -w fs.file-max={files})");
        }

        var perSource = GetPerSource(demand, limits, descriptors, faults);
        return faults.Count > 0
            ? throw new StartupException(string.Join("; ", faults))
            : new ConnectionPlan { Connections = connections, Loops = Math.Min(loops, connections), PerSource = perSource, _sources = demand.Sources };
    }

    /// <summary>The connections of a loop: every so-manieth, so that all loops connect and report at the same pace.</summary>
    public NumberRange GetNumbers(int loop, int first) => new(first + loop, Loops, ((Connections - 1 - loop) / Loops) + 1);

    /// <summary>Where a loop's connection comes from; null leaves it to the system.</summary>
    public IPAddress? GetSource(int loop, int slot)
    {
        if (PerSource == 0)
        {
            return null;
        }

        var index = ((loop * (long)PerLoop) + slot) / PerSource;
        if (_sources.Count > 0)
        {
            return _sources[(int)(index % _sources.Count)];
        }

        var address = FirstSource + (uint)index;
        return new IPAddress([(byte)(address >> 24), (byte)(address >> 16), (byte)(address >> 8), (byte)address]);
    }

    /// <summary>The plan in a line.</summary>
    public string Describe() => string.Create(
        CultureInfo.InvariantCulture, $"{Connections:N0} connections: {Loops} loops of up to {PerLoop:N0}, {Sources} source address{(Sources == 1 ? "" : "es")}");

    private static int GetPerSource(ConnectionDemand demand, SystemLimits limits, int descriptors, List<string> faults)
    {
        if (demand.Sources.Count > 0)
        {
            Require(demand.Sources.Count, "source addresses");
            return ((demand.Connections - 1) / demand.Sources.Count) + 1;
        }

        if (IPAddress.IsLoopback(demand.Gateway) && demand.Gateway.AddressFamily == AddressFamily.InterNetwork && OperatingSystem.IsLinux())
        {
            // A share of them may stand twice, so the room for the second ones is left free.
            var perSource = Math.Min(MostPerSource, limits.LocalPorts / 2) * (long)demand.Connections / descriptors;
            return perSource >= demand.Connections ? 0 : (int)Math.Max(1, perSource);
        }

        Require(1, "source address");
        return 0;

        void Require(int sources, string name)
        {
            if (descriptors > (long)sources * limits.LocalPorts)
            {
                faults.Add($"{demand.Connections} connections to {demand.Gateway} from {sources} {name}: each has {limits.LocalPorts} ports (net.ipv4.ip_local_port_range); give {((descriptors - 1) / limits.LocalPorts) + 1} addresses of this machine with --source");
            }
        }
    }
}
