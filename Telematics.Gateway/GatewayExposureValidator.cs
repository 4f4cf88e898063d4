using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Telematics.Contracts;
using Telematics.Gateway.Topics;
using Telematics.Gateway.Transport.Proxy;
using Telematics.Gateway.Transport.Tls;
using Telematics.Mqtt.Sockets;

namespace Telematics.Gateway;

/// <summary>What attributes cannot say: secure by default, and topics that cannot be declared so.</summary>
internal sealed class GatewayExposureValidator(IConfiguration configuration) : IValidateOptions<GatewayOptions>
{
    internal const string AllowPlainText = "Telematics:AllowPlainText";

    private static readonly string[] InternalTopics = [TopicNames.VehicleEvent, TopicNames.CommandReceipt];

    public ValidateOptionsResult Validate(string? name, GatewayOptions options)
    {
        var failures = new List<string>();
        CheckExposure(options, failures);
        if (options.Transport == GatewayTransport.Epoll && !SocketLoop.IsSupported)
        {
            failures.Add($"{Key(nameof(options.Transport))} Epoll needs Linux on x64 or arm64, and the system call unshare, which a container's seccomp profile may forbid: use Auto or Kestrel.");
        }

        CheckTls(options, failures);
        CheckClientCertificate(options, failures);
        CheckWebSocket(options, failures);
        CheckProxy(options, failures);
        CheckTopics(options, failures);
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private void CheckExposure(GatewayOptions options, List<string> failures)
    {
        if (!options.TryGetAddress(out var address))
        {
            failures.Add($"{Key(nameof(options.Address))} '{options.Address}' is not an IP address, '*' or 'localhost'.");
            return;
        }

        if (IPAddress.IsLoopback(address))
        {
            return;
        }

        if (options.Authentication == GatewayAuthentication.None)
        {
            failures.Add($"{Key(nameof(options.Address))} '{options.Address}' is not loopback: that needs {Key(nameof(options.Authentication))}=Credential (it is None).");
        }

        foreach (var (option, port) in new[] { (nameof(options.Port), options.Port), ("WebSocket:Port", options.WebSocket.Port) })
        {
            if (port >= 0 && !configuration.GetValue<bool>(AllowPlainText))
            {
                failures.Add($"{Key(option)} {port} is plain text on '{options.Address}', which is not loopback: use TLS and {Key(option)}=-1, or set {AllowPlainText}=true.");
            }
        }
    }

    private static void CheckTls(GatewayOptions options, List<string> failures)
    {
        if (options.Tls.Port is < 0 or > 65_535)
        {
            failures.Add($"{Key("Tls:Port")} {options.Tls.Port} is not in 0 to 65,535.");
        }

        foreach (var (option, path) in new[] { ("Path", options.Tls.Certificate.Path), ("KeyPath", options.Tls.Certificate.KeyPath) })
        {
            if (!string.IsNullOrEmpty(path) && !File.Exists(path))
            {
                failures.Add($"{Key("Tls:Certificate:" + option)} '{path}' does not exist or cannot be read.");
            }
        }
    }

    private static void CheckClientCertificate(GatewayOptions options, List<string> failures)
    {
        var client = options.Tls.ClientCertificate;
        if (client.Mode == ClientCertificateUse.None)
        {
            return;
        }

        var mode = $"{Key("Tls:ClientCertificate:Mode")}={client.Mode}";
        if (!File.Exists(client.AuthoritiesPath))
        {
            failures.Add($"{Key("Tls:ClientCertificate:AuthoritiesPath")} '{client.AuthoritiesPath}' does not exist or cannot be read; {mode} needs a PEM file with the authorities that sign cars' certificates.");
        }

        if (options.Authentication != GatewayAuthentication.Credential)
        {
            failures.Add($"{mode} needs {Key(nameof(options.Authentication))}=Credential (it is {options.Authentication}): a certificate stands for a car's credential.");
        }
    }

    private void CheckWebSocket(GatewayOptions options, List<string> failures)
    {
        var web = options.WebSocket;
        foreach (var (option, port) in new[] { ("WebSocket:Port", web.Port), ("WebSocket:TlsPort", web.TlsPort) })
        {
            if (port is < -1 or > 65_535)
            {
                failures.Add($"{Key(option)} {port} is not in -1 to 65,535.");
            }
        }

        if (!web.Path.StartsWith('/') || web.Path.AsSpan().ContainsAny(" ?#\r\n"))
        {
            failures.Add($"{Key("WebSocket:Path")} '{web.Path}' is no path: it begins with / and has no space, ? or #.");
        }

        if (web.TlsPort >= 0 && string.IsNullOrEmpty(options.Tls.Certificate.Path) && !GatewayTls.HasDefaultCertificate(configuration))
        {
            failures.Add($"{Key("WebSocket:TlsPort")} {web.TlsPort} needs a certificate: give {Key("Tls:Certificate:Path")}.");
        }
    }

    private static void CheckProxy(GatewayOptions options, List<string> failures)
    {
        if (options.ProxyProtocol == ProxyProtocol.Required && options.Transport == GatewayTransport.Epoll)
        {
            failures.Add($"{Key(nameof(options.ProxyProtocol))}=Required is not served by {Key(nameof(options.Transport))}=Epoll: use Auto or Kestrel.");
        }

        if (options.ProxyProtocol == ProxyProtocol.Required && !ProxySources.TryParse(options.ProxyProtocolFrom, out _, out var wrong))
        {
            failures.Add(wrong.Length > 0
                ? $"{Key(nameof(options.ProxyProtocolFrom))}: '{wrong}' is no address and no network such as 10.0.0.0/8."
                : $"{Key(nameof(options.ProxyProtocol))}=Required needs {Key(nameof(options.ProxyProtocolFrom))}, the addresses or networks of the proxies: whoever is believed can claim any address.");
        }
    }

    private static void CheckTopics(GatewayOptions options, List<string> failures)
    {
        foreach (var (topic, kind) in options.Topics)
        {
            if (!IsTopicName(topic))
            {
                failures.Add($"{Key("Topics")}: '{topic}' is not 1 to 127 of A-Z a-z 0-9 _ -.");
            }

            if (InternalTopics.Contains(topic))
            {
                failures.Add($"{Key("Topics")}: '{topic}' is the system's own and is never open to clients.");
            }

            var required = topic switch
            {
                TopicNames.Telemetry or TopicNames.CommandResult => TopicKind.Uplink,
                TopicNames.Command => TopicKind.Downlink,
                _ => kind,
            };
            if (kind != required)
            {
                failures.Add($"{Key("Topics:" + topic)} is {kind}, but must be {required}.");
            }
        }

        if (options.UndeclaredTopics == UndeclaredTopics.Exchange
            && (!IsTopicName(options.CatchAllTopic) || InternalTopics.Contains(options.CatchAllTopic) || options.Topics.ContainsKey(options.CatchAllTopic)))
        {
            failures.Add($"{Key(nameof(options.CatchAllTopic))} '{options.CatchAllTopic}' must be a topic name of its own (1 to 127 of A-Z a-z 0-9 _ -).");
        }
    }

    private static bool IsTopicName(string topic) =>
        topic.Length is > 0 and <= 127 && topic.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');

    private static string Key(string option) => $"{GatewayOptions.SectionName}:{option}";
}
