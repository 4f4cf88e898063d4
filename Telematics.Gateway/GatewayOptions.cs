using System.ComponentModel.DataAnnotations;
using System.Net;
using Telematics.Contracts;
using Telematics.Gateway.Topics;

namespace Telematics.Gateway;

/// <summary>Settings of the gateway; the defaults are for one machine without anything else installed.</summary>
public sealed class GatewayOptions
{
    /// <summary>The configuration section.</summary>
    public const string SectionName = "Telematics:Gateway";

    /// <summary>The name of the topic table's catch-all entry unless set.</summary>
    public const string DefaultCatchAllTopic = "mqtt-exchange";

    /// <summary>Address of the listeners. Another than loopback needs authentication.</summary>
    [Required]
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>Port of plain MQTT; 0 takes a free one, -1 switches plain MQTT off.</summary>
    [Range(-1, 65_535)]
    public int Port { get; set; } = 1883;

    /// <summary>MQTT over TLS; off until a certificate is given.</summary>
    public GatewayTlsOptions Tls { get; set; } = new();

    /// <summary>MQTT over WebSocket; off until a port is given.</summary>
    public GatewayWebSocketOptions WebSocket { get; set; } = new();

    /// <summary>Whether connections come through a proxy that says who the client is; for all MQTT listeners alike.</summary>
    public ProxyProtocol ProxyProtocol { get; set; }

    /// <summary>Addresses and networks of the proxies, separated by commas (<c>10.0.0.0/8, 192.0.2.7</c>); others are closed.</summary>
    public string? ProxyProtocolFrom { get; set; }

    /// <summary>Seconds of silence after which the kernel asks a peer whether it is still there (TCP keep-alive); 0 never asks. Linux.</summary>
    [Range(0, 7_200)]
    public int TcpKeepAliveSeconds { get; set; } = 120;

    /// <summary>Seconds that sent bytes may stay unacknowledged before the peer counts as gone (TCP_USER_TIMEOUT); 0 leaves it to the system, a quarter of an hour. Linux.</summary>
    [Range(0, 7_200)]
    public int TcpUserTimeoutSeconds { get; set; } = 30;

    /// <summary>Who may connect.</summary>
    public GatewayAuthentication Authentication { get; set; }

    /// <summary>What carries plain MQTT.</summary>
    public GatewayTransport Transport { get; set; }

    /// <summary>Number of session loops (threads) of a transport at start; 0 takes one for each core. On epoll they become more when they are nearly full.</summary>
    [Range(0, 63)]
    public int Loops { get; set; }

    /// <summary>Most connections of one loop on epoll; 0 takes what the limit of open files (<c>ulimit -n</c>) allows, which counts for each loop.</summary>
    [Range(0, 4_000_000)]
    public int MaxConnectionsPerLoop { get; set; }

    /// <summary>
    /// Milliseconds that a loop on epoll rests after each turn; what comes meanwhile is met in one turn. With very many connections
    /// the wake-ups are most of the work; each packet is then late by so much at most. 0: every packet at once.
    /// </summary>
    [Range(0, 100)]
    public int GatherMilliseconds { get; set; }

    /// <summary>First levels of MQTT topics, each a topic of the message log, and who writes them. What is given here adds to the defaults.</summary>
    public Dictionary<string, TopicKind> Topics { get; } = new(StringComparer.Ordinal)
    {
        [TopicNames.Telemetry] = TopicKind.Uplink,
        [TopicNames.CommandResult] = TopicKind.Uplink,
        [TopicNames.Command] = TopicKind.Downlink,
    };

    /// <summary>What becomes of a first level that is not in <see cref="Topics"/>.</summary>
    public UndeclaredTopics UndeclaredTopics { get; set; }

    /// <summary>The log's topic that takes everything undeclared with <see cref="UndeclaredTopics.Exchange"/>.</summary>
    [Required]
    public string CatchAllTopic { get; set; } = DefaultCatchAllTopic;

    /// <summary>Largest packet in bytes, both ways; announced in MQTT 5. 64 KiB is what Alibaba's service takes.</summary>
    [Range(1_024, 1_048_576)]
    public int MaxPacketSize { get; set; } = 65_536;

    /// <summary>Longest client identifier in characters.</summary>
    [Range(23, 64)]
    public int MaxClientIdLength { get; set; } = 64;

    /// <summary>Longest topic name or filter in bytes. It travels as a property and, for some topics, as the key.</summary>
    [Range(64, 8_192)]
    public int MaxTopicLength { get; set; } = 1_024;

    /// <summary>Most subscriptions of one session (Alibaba's limit).</summary>
    [Range(1, 10_000)]
    public int MaxSubscriptions { get; set; } = 30;

    /// <summary>Longest keep-alive in seconds; a longer one, or none, is cut to it (MQTT 5: Server Keep Alive).</summary>
    [Range(10, 65_535)]
    public int MaxKeepAliveSeconds { get; set; } = 480;

    /// <summary>Most QoS 1 publishes of one connection that wait for their PUBACK: MQTT 5 Receive Maximum; with 3.1.1 the rest waits unread.</summary>
    [Range(1, 1_024)]
    public int ReceiveMaximum { get; set; } = 32;

    /// <summary>Most QoS 1 publishes to one client without its PUBACK; the client's own Receive Maximum may lower it.</summary>
    [Range(1, 1_024)]
    public int MaxInflight { get; set; } = 32;

    /// <summary>Most messages that wait for one session's window, or for its client to return; the oldest is dropped and counted.</summary>
    [Range(1, 100_000)]
    public int MaxQueuedMessages { get; set; } = 1_000;

    /// <summary>Most bytes of such messages for one session.</summary>
    [Range(65_536, 1_073_741_824)]
    public int MaxQueuedBytes { get; set; } = 4_194_304;

    /// <summary>Longest life of a session without connection, in seconds. It bounds MQTT 5's expiry and is that of 3.1.1's kept sessions.</summary>
    [Range(0, 31_536_000)]
    public int MaxSessionExpirySeconds { get; set; } = 7_200;

    /// <summary>Bytes written but not yet taken by a client's socket, above which it is closed as a slow reader.</summary>
    [Range(65_536, 1_073_741_824)]
    public int MaxUnsentBytes { get; set; } = 1_048_576;

    /// <summary>Seconds from accepting a connection to its CONNECT, and from there to the verdict on its log-in.</summary>
    [Range(1, 300)]
    public int ConnectTimeoutSeconds { get; set; } = 10;

    /// <summary>Seconds that CONNACK waits for the log to store the connect event, before "server unavailable".</summary>
    [Range(1, 60)]
    public int ConnackWaitSeconds { get; set; } = 5;

    /// <summary>Most connections that wait so at once; the next are refused at once.</summary>
    [Range(1, 1_000_000)]
    public int MaxWaitingConnections { get; set; } = 20_000;

    /// <summary>Most log-ins that the store of credentials has not answered, over all loops; the next are refused at once.</summary>
    [Range(1, 1_000_000)]
    public int MaxPendingLogIns { get; set; } = 20_000;

    /// <summary>CONNECTs a second that are taken; above it they are answered "server busy". 0 is no limit.</summary>
    [Range(0, 1_000_000)]
    public int ConnectRate { get; set; }

    /// <summary>Connections a second that are accepted, over all loops and listeners; the next are closed at once, before TLS. 0 is no limit.</summary>
    [Range(0, 1_000_000)]
    public int AcceptRate { get; set; }

    /// <summary>
    /// Most connections at once between accept and their first byte of MQTT, where a proxy's header, TLS or WebSocket comes
    /// before it; the next are closed. A TLS handshake under way takes about 50 KB.
    /// </summary>
    [Range(1, 1_000_000)]
    public int MaxHandshakes { get; set; } = 2_000;

    /// <summary>Seconds that such a connection has for it.</summary>
    [Range(1, 300)]
    public int HandshakeTimeoutSeconds { get; set; } = 10;

    /// <summary>Publishes a second of one client, of which a second's worth may come at once; above it the connection is not read for a while. 0 is no limit.</summary>
    [Range(0, 1_000_000)]
    public int MaxMessageRate { get; set; }

    /// <summary>Bytes a second of one client, in the same way. 0 is no limit.</summary>
    [Range(0, 1_073_741_824)]
    public int MaxByteRate { get; set; }

    /// <summary>
    /// Bytes that the whole gateway keeps for clients, unsent or queued (what several receivers share counts for each).
    /// Above it nothing more is kept. 0 is no limit.
    /// </summary>
    [Range(0, 1_099_511_627_776d)]
    public long MaxBufferedBytes { get; set; } = 1_073_741_824;

    /// <summary>Most open connections; the next are closed at accept.</summary>
    [Range(1, 4_000_000)]
    public int MaxConnections { get; set; } = 1_000_000;

    /// <summary>Connections a second that are announced anew, or asked to leave at stop, by each loop.</summary>
    [Range(100, 1_000_000)]
    public int SweepRate { get; set; } = 20_000;

    /// <summary>Connections a second that are asked to leave at stop, over all loops, so that the other gateways can take them; 0 is <see cref="SweepRate"/>.</summary>
    [Range(0, 1_000_000)]
    public int DrainRate { get; set; }

    /// <summary>Seconds that the stop gives clients to leave; who is still there is then cut off.</summary>
    [Range(1, 600)]
    public int DrainSeconds { get; set; } = 3;

    /// <summary>Where MQTT 5 clients are told to go when the gateway stops (Server Reference, reason "use another server"), such as <c>gateway-2.example:8883</c>; absent: they are told "server shutting down".</summary>
    [StringLength(1_024)]
    public string? ServerReference { get; set; }

    /// <summary>Milliseconds that receipts are gathered before they are appended as one message.</summary>
    [Range(1, 1_000)]
    public int ReceiptLingerMilliseconds { get; set; } = 20;

    /// <summary>Most receipts of one message.</summary>
    [Range(1, 1_000)]
    public int ReceiptBatch { get; set; } = 200;

    /// <summary>The address as the listeners use it.</summary>
    internal bool TryGetAddress(out IPAddress address)
    {
        if (string.Equals(Address, "localhost", StringComparison.OrdinalIgnoreCase))
        {
            address = IPAddress.Loopback;
            return true;
        }

        if (Address is "*" or "+")
        {
            address = IPAddress.IPv6Any;
            return true;
        }

        return IPAddress.TryParse(Address, out address!);
    }

    /// <summary>The number of loops in effect.</summary>
    internal int LoopCount => Loops == 0 ? Math.Min(Environment.ProcessorCount, 63) : Loops;
}
