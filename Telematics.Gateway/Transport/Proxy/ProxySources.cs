using System.Net;

namespace Telematics.Gateway.Transport.Proxy;

/// <summary>The networks whose proxies are believed.</summary>
internal sealed class ProxySources
{
    private readonly IReadOnlyList<IPNetwork> _networks;

    private ProxySources(IReadOnlyList<IPNetwork> networks) => _networks = networks;

    /// <summary>Reads addresses and networks (<c>10.0.0.0/8</c>), separated by commas; false with the one that is neither.</summary>
    public static bool TryParse(string? text, out ProxySources sources, out string wrong)
    {
        var networks = new List<IPNetwork>();
        wrong = string.Empty;
        foreach (var part in (text ?? string.Empty).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (IPNetwork.TryParse(part, out var network))
            {
                networks.Add(network);
            }
            else if (IPAddress.TryParse(part, out var address))
            {
                networks.Add(new IPNetwork(address, address.GetAddressBytes().Length * 8));
            }
            else
            {
                wrong = part;
                break;
            }
        }

        sources = new ProxySources(networks);
        return wrong.Length == 0 && networks.Count > 0;
    }

    /// <summary>Whether a peer is a proxy that is believed.</summary>
    public bool Contains(IPAddress peer)
    {
        var address = peer.IsIPv4MappedToIPv6 ? peer.MapToIPv4() : peer;
        foreach (var network in _networks)
        {
            if (network.Contains(address))
            {
                return true;
            }
        }

        return false;
    }
}
