using System.Net;
using Telematics.Contracts;
using Telematics.Simulator.Planning;
using Xunit;

namespace Telematics.Tests.Simulator.Planning;

public sealed class ConnectionPlanTests
{
    private static readonly SystemLimits Limits = new()
    {
        OpenFiles = 20_000,
        LargestOpenFiles = 1_048_576,
        SystemFiles = 2_466_170,
        SystemFilesInUse = 3_000,
        LocalPorts = 28_232,
    };

    [Fact]
    public void A_million_connections_fit_into_the_limits_of_the_machine_this_was_built_for()
    {
        var plan = Make(1_000_000);
        Assert.Equal((51, 19_608), (plan.Loops, plan.PerLoop));
        Assert.Equal((5_000, 20), (plan.ConnectRate, plan.GatherMilliseconds));
        var numbers = Enumerable.Range(0, plan.Loops).Select(loop => plan.GetNumbers(loop, first: 1)).ToList();
        Assert.Equal(1_000_000, numbers.Sum(range => range.Count));
        Assert.InRange(numbers.Max(range => range.Count), numbers.Min(range => range.Count), plan.PerLoop);

        var perSource = new Dictionary<IPAddress, int>();
        for (var loop = 0; loop < plan.Loops; loop++)
        {
            for (var slot = 0; slot < numbers[loop].Count; slot++)
            {
                var source = plan.GetSource(loop, slot)!;
                perSource[source] = perSource.GetValueOrDefault(source) + 1;
            }
        }

        Assert.All(perSource.Values, count => Assert.InRange(count, 1, 14_000));
        Assert.All(perSource.Keys, address => Assert.Equal(127, address.GetAddressBytes()[0]));
        Assert.Equal(72, perSource.Count);
    }

    [Fact]
    public void Every_number_is_in_one_loop()
    {
        var plan = Make(10_007, threads: 7);
        var all = new List<int>();
        for (var loop = 0; loop < plan.Loops; loop++)
        {
            var range = plan.GetNumbers(loop, first: 5);
            all.AddRange(Enumerable.Range(0, range.Count).Select(place => range[place]));
        }

        Assert.Equal(7, plan.Loops);
        Assert.Equal(Enumerable.Range(5, 10_007), all.Order());
    }

    [Fact]
    public void A_small_fleet_is_left_alone()
    {
        var plan = Make(100);
        Assert.Equal((1, 1, 0, 0), (plan.Loops, plan.Sources, (int)plan.ConnectRate, plan.GatherMilliseconds));
        Assert.Null(plan.GetSource(0, 99));
    }

    [Fact]
    public void Connections_that_may_stand_twice_have_descriptors_and_ports_for_it()
    {
        var plan = ConnectionPlan.Make(Demand(100_000) with { Spare = 100_000 }, Limits, hasOwnTables: true);
        Assert.Equal(11, plan.Loops);
        Assert.Equal(7_000, plan.PerSource);
    }

    [Fact]
    public void Fewer_ports_ask_for_more_addresses()
    {
        var plan = ConnectionPlan.Make(Demand(20_000), Limits with { LocalPorts = 2_000 }, hasOwnTables: true);
        Assert.Equal((1_000, 20), (plan.PerSource, plan.Sources));
    }

    [Fact]
    public void What_is_too_low_is_named_with_what_is_needed()
    {
        var exception = Assert.Throws<StartupException>(() => ConnectionPlan.Make(Demand(1_000_000), Limits with { OpenFiles = 1_024, SystemFiles = 800_000 }, hasOwnTables: true));
        Assert.Equal(
            "the limit of open files (ulimit -n) is 1024: 1000000 connections would need 1083 threads, at most 512 are sensible; raise it to 2054 or more (fs.nr_open allows 1048576); "
            + "fs.file-max is 800000, 1000000 connections and their other ends on this machine need 2005000 (sysctl -w fs.file-max=2005000)",
            exception.Message);
        exception = Assert.Throws<StartupException>(() => ConnectionPlan.Make(Demand(19_800), Limits, hasOwnTables: false));
        Assert.Equal("the limit of open files (ulimit -n) is 20000, 19800 connections need 20100; raise it (fs.nr_open allows 1048576) or take fewer", exception.Message);
    }

    [Fact]
    public void A_gateway_elsewhere_takes_as_many_connections_as_there_are_ports_of_the_addresses_given()
    {
        var gateway = IPAddress.Parse("192.0.2.1");
        Assert.Equal(1, ConnectionPlan.Make(Demand(28_000) with { Gateway = gateway }, Limits, hasOwnTables: true).Sources);
        var exception = Assert.Throws<StartupException>(() => ConnectionPlan.Make(Demand(60_000) with { Gateway = gateway }, Limits, hasOwnTables: true));
        Assert.Contains("give 3 addresses of this machine with --source", exception.Message, StringComparison.Ordinal);

        IPAddress[] sources = [IPAddress.Parse("192.0.2.7"), IPAddress.Parse("192.0.2.8"), IPAddress.Parse("192.0.2.9")];
        var plan = ConnectionPlan.Make(Demand(60_000) with { Gateway = gateway, Sources = sources }, Limits, hasOwnTables: true);
        Assert.Equal(20_000, plan.PerSource);
        Assert.Equal(sources[0], plan.GetSource(0, 0));
        Assert.Equal(sources[2], plan.GetSource(plan.Loops - 1, plan.PerLoop - 1));
    }

    [Fact]
    public void The_limits_of_this_machine_can_be_read()
    {
        var limits = SystemLimits.Read();
        Assert.True(limits.OpenFiles > 100 && limits.LargestOpenFiles >= limits.OpenFiles);
        Assert.InRange(limits.LocalPorts, 1, 65_535);
    }

    private static ConnectionDemand Demand(int connections) => new(connections, Spare: 0, IPAddress.Loopback, Sources: [], Threads: 0);

    private static ConnectionPlan Make(int connections, int threads = 0) => ConnectionPlan.Make(Demand(connections) with { Threads = threads }, Limits, hasOwnTables: true);
}
