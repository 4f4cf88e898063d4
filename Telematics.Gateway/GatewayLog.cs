using Microsoft.Extensions.Logging;
using Telematics.Gateway.Sessions;
using Telematics.Gateway.Transport;
using Telematics.Messaging;
using Telematics.Mqtt;
using Telematics.Mqtt.Sockets;

namespace Telematics.Gateway;

/// <summary>What the gateway logs, 1000-1999; next free 1034, of the loops 1047. What clients do wrong is Debug and counted in the metrics: a fleet must not fill the log.</summary>
internal static partial class GatewayLog
{
    [LoggerMessage(1001, LogLevel.Debug, "Client {ClientId} connected: MQTT level {Version}, keep alive {KeepAliveSeconds} s, session present {SessionPresent}")]
    public static partial void ClientConnected(this ILogger logger, string clientId, int version, int keepAliveSeconds, bool sessionPresent);

    [LoggerMessage(1002, LogLevel.Debug, "Client '{ClientId}': {ReasonCode}, {Text}")]
    public static partial void PacketRefused(this ILogger logger, string clientId, MqttReasonCode reasonCode, string text);

    [LoggerMessage(1003, LogLevel.Debug, "Client '{ClientId}': publish refused, {Refusal}")]
    public static partial void PublishRefused(this ILogger logger, string clientId, Refusal refusal);

    [LoggerMessage(1004, LogLevel.Debug, "Client '{ClientId}': subscription refused, {Refusal}")]
    public static partial void SubscriptionRefused(this ILogger logger, string clientId, Refusal refusal);

    [LoggerMessage(1005, LogLevel.Debug, "Connection {Slot}: client identifier of {Length} B refused")]
    public static partial void ClientIdRefused(this ILogger logger, int slot, int length);

    [LoggerMessage(1006, LogLevel.Warning, "Client '{ClientId}': its queue is full, its oldest messages are dropped (and counted)")]
    public static partial void QueueOverflow(this ILogger logger, string clientId);

    [LoggerMessage(1007, LogLevel.Warning, "Client '{ClientId}': will for topic {Topic} was not appended ({Admission})")]
    public static partial void WillNotAppended(this ILogger logger, string clientId, string topic, AppendAdmission admission);

    [LoggerMessage(1008, LogLevel.Error, "The log refused a message of the gateway itself ({What})")]
    public static partial void SystemAppendRefused(this ILogger logger, SystemAppend what);

    [LoggerMessage(1009, LogLevel.Error, "{Work} failed on loop {Loop}")]
    public static partial void LoopWorkFailed(this ILogger logger, Exception exception, string work, int loop);

    [LoggerMessage(1010, LogLevel.Critical, "Session loop {Loop} died")]
    public static partial void LoopDied(this ILogger logger, Exception exception, int loop);

    [LoggerMessage(1011, LogLevel.Warning, "{Queue} cannot be read; trying again until it can")]
    public static partial void TopicReadFailed(this ILogger logger, Exception exception, MessageQueue queue);

    [LoggerMessage(1012, LogLevel.Information, "{Queue} is read again")]
    public static partial void TopicReadAgain(this ILogger logger, MessageQueue queue);

    [LoggerMessage(1013, LogLevel.Warning, "{Queue}: retention removed offsets {From} to {To} before they were read")]
    public static partial void TopicTrimmed(this ILogger logger, MessageQueue queue, long from, long to);

    [LoggerMessage(1014, LogLevel.Warning, "{Queue}: offset {From} is beyond the end {End}, going on there")]
    public static partial void TopicBeyondEnd(this ILogger logger, MessageQueue queue, long from, long end);

    [LoggerMessage(1047, LogLevel.Information, "{Queue}: {Repeats} messages from offset {From} on were sent again by their producer after a lost answer, and are not delivered again")]
    public static partial void TopicRepeats(this ILogger logger, MessageQueue queue, int repeats, long from);

    [LoggerMessage(1015, LogLevel.Warning, "Topic {Topic}, offset {Offset}: no MQTT topic can be made of its properties, not delivered")]
    public static partial void DownlinkUnusable(this ILogger logger, string topic, long offset);

    [LoggerMessage(1016, LogLevel.Warning, "Topic command, offset {Offset}: not an order that this gateway understands")]
    public static partial void OrderUnusable(this ILogger logger, long offset);

    [LoggerMessage(1017, LogLevel.Information, "Gateway {Instance} is ready: {Loops} loops, authentication {Authentication}; stored means: {Durability}")]
    public static partial void Ready(this ILogger logger, string instance, int loops, GatewayAuthentication authentication, string durability);

    [LoggerMessage(1018, LogLevel.Warning, "The message log is not there yet; waiting for it")]
    public static partial void LogAbsent(this ILogger logger, Exception exception);

    [LoggerMessage(1019, LogLevel.Warning, "Instance {Old} was ended by Commands; going on as {New} and announcing {Connections} connections")]
    public static partial void InstanceEnded(this ILogger logger, string old, string @new, long connections);

    [LoggerMessage(1020, LogLevel.Warning, "The sign of life of {Instance} is not in the log")]
    public static partial void BeatFailed(this ILogger logger, Exception exception, string instance);

    [LoggerMessage(1021, LogLevel.Warning, "Stopping with {Connections} connections whose end is not in the log")]
    public static partial void DrainIncomplete(this ILogger logger, long connections);

    [LoggerMessage(1022, LogLevel.Information, "Gateway {Instance} has stopped")]
    public static partial void Stopped(this ILogger logger, string instance);

    [LoggerMessage(1023, LogLevel.Error, "Connection from {Peer} was closed after a fault of the gateway")]
    public static partial void ConnectionFailed(this ILogger logger, Exception exception, SocketPeer peer);

    [LoggerMessage(1024, LogLevel.Debug, "MQTT listens on {Address} ({Transport})")]
    public static partial void Listening(this ILogger logger, string address, string transport);

    [LoggerMessage(1025, LogLevel.Debug, "Connection from {Peer} was lost")]
    public static partial void TransportFailed(this ILogger logger, Exception exception, SocketPeer peer);

    [LoggerMessage(1027, LogLevel.Warning, "Client '{ClientId}': its session moved between loops so slowly that batches {From} to {To} passed it by")]
    public static partial void TopicsMissed(this ILogger logger, string clientId, long from, long to);

    [LoggerMessage(1040, LogLevel.Information, "Plain MQTT is carried by {Transport}: {Reason}")]
    public static partial void TransportChosen(this ILogger logger, string transport, string reason);

    [LoggerMessage(1041, LogLevel.Information, "Loop {Loop} listens too: the others are nearly full. It has room for {Connections} connections")]
    public static partial void LoopAdded(this ILogger logger, int loop, int connections);

    [LoggerMessage(1042, LogLevel.Warning, "No loop could be added to the {Loops} there are; trying until one can. When they are full, connections are refused")]
    public static partial void NoFurtherLoop(this ILogger logger, Exception exception, int loops);

    [LoggerMessage(1043, LogLevel.Information, "Loop {Loop} is full with {Connections} sockets and listens no more until it has room")]
    public static partial void LoopFull(this ILogger logger, int loop, int connections);

    [LoggerMessage(1044, LogLevel.Information, "Loop {Loop} has room again with {Connections} sockets and listens")]
    public static partial void LoopHasRoom(this ILogger logger, int loop, int connections);

    [LoggerMessage(1028, LogLevel.Warning, "The {Limit} B for what waits for clients are used up (MaxBufferedBytes): nothing more is kept for them; what is dropped is counted")]
    public static partial void BuffersUsedUp(this ILogger logger, long limit);

    [LoggerMessage(1029, LogLevel.Information, "What waits for clients is down to {Used} B: messages are kept again")]
    public static partial void BuffersFree(this ILogger logger, long used);

    [LoggerMessage(1030, LogLevel.Warning, "Connection from {Peer} was closed: {Reason}. Others for the same reason are only counted")]
    public static partial void AcceptRefused(this ILogger logger, SocketPeer peer, AcceptRefusal reason);

    [LoggerMessage(EventId = 1031, Message = "{Peer}: the certificate names '{Certified}', CONNECT says '{ClientId}' or another user name; refused. Further ones are counted, and logged at Debug")]
    public static partial void CertificateMismatch(this ILogger logger, LogLevel level, SocketPeer peer, string certified, string clientId);

    [LoggerMessage(1032, LogLevel.Warning, "{Limit} log-ins wait for the store of credentials (MaxPendingLogIns): the next are answered 'server busy'; they are counted")]
    public static partial void TooManyLogIns(this ILogger logger, int limit);

    [LoggerMessage(1033, LogLevel.Information, "The store of credentials is asked again; {Refused} log-ins were refused since the start because too many waited for it")]
    public static partial void LogInsAskedAgain(this ILogger logger, long refused);

    [LoggerMessage(1045, LogLevel.Warning, "Loop {Loop} has room, but its address cannot be had; trying each second until it can")]
    public static partial void LoopCannotListen(this ILogger logger, int loop);

    [LoggerMessage(1046, LogLevel.Warning, "Loop {Loop} with {Sockets} sockets cannot accept: the system has no descriptor or memory for one more (fs.file-max, memory). What waits is tried again; further times are counted")]
    public static partial void LoopCannotAccept(this ILogger logger, int loop, int sockets);

    [LoggerMessage(1026, LogLevel.Warning, "The end of instance {Instance} is not in the log; Commands will find it silent")]
    public static partial void EndNotStored(this ILogger logger, Exception exception, string instance);
}
