using Microsoft.Extensions.Logging;
using Telematics.RocketMQ.Remoting;
using Telematics.RocketMQ.Routing;

namespace Telematics.RocketMQ.Administration;

/// <summary>What is needed to look after topics and groups.</summary>
internal sealed record AdministrationContext(RemotingClient Client, NameServers NameServers, RouteTable Routes, RocketMQOptions Options, TimeProvider Time, ILogger Logger)
{
    /// <summary>Sends an order to a broker and takes nothing but success.</summary>
    /// <exception cref="Messaging.MessageLogException">The broker refuses it; the text says <paramref name="what"/>, and <paramref name="remedy"/>.</exception>
    /// <exception cref="RemotingException">The broker does not answer.</exception>
    public async Task OrderAsync(string address, RemotingRequest request, string what, string remedy, CancellationToken cancellationToken)
    {
        using var response = await Client.RequestAsync(address, request, Options.RequestTimeout, cancellationToken);
        if (response.Code != ResponseCode.Success)
        {
            throw new Messaging.MessageLogException($"{what}: {address} answered code {(int)response.Code} ({response.Code}), {response.Remark} {remedy}");
        }
    }

    /// <summary>A command of RocketMQ's own tool, with the name servers.</summary>
    public string Mqadmin(string command) => $"mqadmin {command} -n '{Options.NameServers}'";
}
