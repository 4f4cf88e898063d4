using System.CommandLine;
using System.Globalization;
using System.Net;
using Telematics.Contracts;
using Telematics.Mqtt;

namespace Telematics.Simulator.CommandLine;

/// <summary>The options that everything which connects has.</summary>
internal sealed class ClientArguments
{
    private const int DefaultPort = 1883;

    private readonly Option<string> _gateway = new("--gateway", "--server") { Description = "Host and port of the server.", DefaultValueFactory = _ => "127.0.0.1:1883" };
    private readonly Option<string> _prefix;
    private readonly Option<string> _mqtt = new("--mqtt") { Description = "MQTT version.", DefaultValueFactory = _ => "5" };
    private readonly Option<double?> _connectRate = new("--connect-rate") { Description = "Connects a second; 0 for as fast as it goes. Default: that, above 20,000 connections 5,000." };
    private readonly Option<int> _workers = new("--workers") { Description = "Threads at least; 0 for one per 4,000 connections, at most one a core. The limit of open files may ask for more.", DefaultValueFactory = _ => 0 };
    private readonly Option<string[]> _sources = new("--source") { Description = "Addresses of this machine to connect from. Default: towards 127.0.0.0/8 as many of it as it takes, else the system's choice.", AllowMultipleArgumentsPerToken = true };
    private readonly Option<int?> _serverProcess = new("--server-pid", "--pid") { Description = "Process id of the server: its CPU and memory are reported (Linux)." };

    /// <summary>Adds the options to a command.</summary>
    public ClientArguments(Command command, string prefix)
    {
        _prefix = new Option<string>("--prefix") { Description = "What client ids begin with; a number follows.", DefaultValueFactory = _ => prefix };
        _mqtt.AcceptOnlyFromAmong("3.1.1", "5");
        Option[] options = [_gateway, _prefix, _mqtt, _connectRate, _workers, _sources, _serverProcess];
        Array.ForEach(options, command.Options.Add);
    }

    public string GetPrefix(ParseResult result) => result.GetValue(_prefix)!;

    public MqttProtocolVersion GetVersion(ParseResult result) => result.GetValue(_mqtt) == "5" ? MqttProtocolVersion.V500 : MqttProtocolVersion.V311;

    public double? GetConnectRate(ParseResult result) => result.GetValue(_connectRate);

    public int GetWorkers(ParseResult result) => result.GetValue(_workers);

    /// <exception cref="StartupException">One is no address.</exception>
    public IReadOnlyList<IPAddress> GetSources(ParseResult result) => [.. (result.GetValue(_sources) ?? []).Select(text => IPAddress.TryParse(text, out var address)
        ? address
        : throw new StartupException($"--source {text}: expected an IP address"))];

    /// <exception cref="StartupException">There is no such process.</exception>
    public ServerProcess? GetServer(ParseResult result) => result.GetValue(_serverProcess) is { } processId ? new ServerProcess(processId) : null;

    /// <exception cref="StartupException">It is no host with a port.</exception>
    public (string Host, int Port) GetGateway(ParseResult result)
    {
        var text = result.GetValue(_gateway)!;
        var colon = text.LastIndexOf(':');
        if (colon < 0)
        {
            return (text, DefaultPort);
        }

        return int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? (text[..colon].Trim('[', ']'), port)
            : throw new StartupException($"--gateway {text}: expected host:port");
    }
}
