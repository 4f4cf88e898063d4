using System.CommandLine;

namespace Telematics.Simulator.CommandLine;

/// <summary>The commands of the simulator.</summary>
internal static class SimulatorCommandLine
{
    public static async Task<int> RunAsync(string[] args)
    {
        var fleet = new Command("fleet", "A fleet of simulated cars that report over MQTT and obey commands; also what is meant when no command is given.");
        FleetCommand.AddTo(fleet);
        var root = new RootCommand("Simulated cars, and meters for MQTT servers (docs/simulator.md).") { fleet, LoadCommand.Make(), IdleCommand.Make() };
        FleetCommand.AddTo(root);
        var parsed = root.Parse(args);
        return parsed.Errors.Count > 0
            ? CommandFault.Refuse(parsed.Errors.Select(error => error.Message))
            : await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(200) });
    }
}
