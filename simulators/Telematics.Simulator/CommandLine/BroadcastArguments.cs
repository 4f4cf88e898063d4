using System.CommandLine;
using Telematics.Contracts;
using Telematics.Simulator.Scenarios;

namespace Telematics.Simulator.CommandLine;

/// <summary>The options with which the fleet sends itself a command.</summary>
internal sealed class BroadcastArguments
{
    private static readonly TimeSpan LongestTimeToLive = TimeSpan.FromHours(24);

    private readonly Option<string?> _api = new("--api") { Description = "Broadcast: address of the API, such as http://localhost:8080; when all cars are connected a command to all is sent there and followed to its end. Without it somebody else sends it." };
    private readonly Option<string?> _apiKey = new("--api-key") { Description = "Broadcast: key for the API." };
    private readonly Option<TimeSpan?> _timeToLive = DurationOption.Make("--ttl", "Broadcast: time to live of the command. Default: 15m.");

    /// <summary>Adds the options to a command.</summary>
    public BroadcastArguments(Command command)
    {
        Option[] options = [_api, _apiKey, _timeToLive];
        Array.ForEach(options, command.Options.Add);
    }

    /// <summary>The order to send; null when somebody else does.</summary>
    /// <exception cref="StartupException">An option is wrong, or of no use.</exception>
    public BroadcastOrder? GetOrder(ParseResult result, ScenarioKind scenario)
    {
        if (result.GetValue(_api) is not { } address)
        {
            return null;
        }

        if (scenario != ScenarioKind.Broadcast)
        {
            throw new StartupException("--api is for --scenario broadcast");
        }

        if (!Uri.TryCreate(address, UriKind.Absolute, out var api) || api.Scheme is not ("http" or "https"))
        {
            throw new StartupException($"--api is '{address}'; it must begin with http:// or https://");
        }

        var timeToLive = result.GetValue(_timeToLive) ?? TimeSpan.FromMinutes(15);
        return timeToLive >= TimeSpan.FromSeconds(1) && timeToLive <= LongestTimeToLive
            ? new BroadcastOrder(api, result.GetValue(_apiKey), timeToLive)
            : throw new StartupException($"--ttl is {timeToLive.TotalSeconds:0.###} s; it must be 1 to 86400");
    }
}
