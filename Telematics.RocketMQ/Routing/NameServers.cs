using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Telematics.RocketMQ.Remoting;

namespace Telematics.RocketMQ.Routing;

/// <summary>The name servers: any one of them is enough, so one is asked as long as it answers, then the next.</summary>
internal sealed class NameServers
{
    private readonly RemotingClient _client;
    private readonly ILogger<NameServers> _logger;
    private readonly TimeSpan _timeout;
    private int _current;

    public NameServers(RemotingClient client, IOptions<RocketMQOptions> options, ILogger<NameServers> logger)
    {
        _client = client;
        _logger = logger;
        _timeout = options.Value.RequestTimeout;
        Addresses = RocketMQOptions.Split(options.Value.NameServers);

        // Processes begin at different ones, so that each name server gets its part.
        _current = Addresses.Count == 0 ? 0 : Random.Shared.Next(Addresses.Count);
    }

    public IReadOnlyList<string> Addresses { get; }

    /// <summary>Asks one that answers.</summary>
    /// <returns>The answer, whatever its code, and who gave it; the caller disposes it.</returns>
    /// <exception cref="RemotingException">None answers; the last one's failure.</exception>
    public async ValueTask<(RemotingResponse Response, string Address)> RequestAsync(RemotingRequest request, CancellationToken cancellationToken)
    {
        var first = Volatile.Read(ref _current);
        for (var tried = 1; ; tried++)
        {
            var index = (first + tried - 1) % Addresses.Count;
            try
            {
                var response = await _client.RequestAsync(Addresses[index], request, _timeout, cancellationToken);
                if (response.Code != ResponseCode.GoAway || tried == Addresses.Count)
                {
                    Volatile.Write(ref _current, index);
                    return (response, Addresses[index]);
                }

                response.Dispose();
            }
            catch (RemotingException fault) when (fault.Fault != RemotingFault.Closed && tried < Addresses.Count)
            {
                _logger.LogNameServerAway(Addresses[index], fault.Message);
            }
        }
    }

    /// <summary>The brokers that are registered now.</summary>
    /// <exception cref="RemotingException">No name server answers, or not with a list of brokers.</exception>
    public async ValueTask<ClusterInfo> GetClusterAsync(CancellationToken cancellationToken)
    {
        var (response, address) = await RequestAsync(new RemotingRequest(RequestCode.GetBrokerClusterInfo), cancellationToken);
        using (response)
        {
            return response.Code == ResponseCode.Success
                ? ClusterInfoDecoder.Decode(response.Body.Span, address)
                : throw new RemotingException(RemotingFault.Malformed, address, $"no list of brokers: code {(int)response.Code}, {response.Remark}");
        }
    }
}
