using System.CommandLine;
using Telematics.Simulator.Meters;

namespace Telematics.Simulator.CommandLine;

/// <summary>The options that both meters have.</summary>
internal sealed class MeterArguments
{
    private readonly ClientArguments _client;
    private readonly Option<int> _connections;
    private readonly Option<ushort> _keepAlive = new("--keep-alive") { Description = "Keep Alive in seconds; 0 for none.", DefaultValueFactory = _ => 300 };

    /// <summary>Adds the options to a command.</summary>
    public MeterArguments(Command command, string prefix, int connections)
    {
        _client = new ClientArguments(command, prefix);
        _connections = new Option<int>("--connections") { Description = "Number of connections, 1 to 1,000,000.", DefaultValueFactory = _ => connections };
        command.Options.Add(_connections);
        command.Options.Add(_keepAlive);
    }

    public ServerProcess? GetServer(ParseResult result) => _client.GetServer(result);

    public MeterOptions GetOptions(ParseResult result)
    {
        var (host, port) = _client.GetGateway(result);
        return new MeterOptions
        {
            Host = host,
            Port = port,
            Connections = result.GetValue(_connections),
            Prefix = _client.GetPrefix(result),
            Version = _client.GetVersion(result),
            KeepAliveSeconds = result.GetValue(_keepAlive),
            ConnectRate = _client.GetConnectRate(result),
            Sources = _client.GetSources(result),
            Workers = _client.GetWorkers(result),
        };
    }
}
