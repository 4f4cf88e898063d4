namespace Telematics.Simulator;

/// <summary>What a fleet has done so far.</summary>
public sealed record FleetCounters
{
    /// <summary>Cars of the fleet.</summary>
    public int Vehicles { get; init; }

    /// <summary>Cars with an accepted CONNECT now.</summary>
    public long Connected { get; init; }

    /// <summary>Cars whose connection is being made now.</summary>
    public long Connecting { get; init; }

    /// <summary>Cars that the scenario has taken off the network and that are not back yet.</summary>
    public long Away { get; init; }

    /// <summary>Cars that have been connected at least once.</summary>
    public long EverConnected { get; init; }

    /// <summary>Accepted CONNECTs.</summary>
    public long Connects { get; init; }

    /// <summary>Attempts that ended without an accepted CONNECT.</summary>
    public long ConnectFailures { get; init; }

    /// <summary>Connections lost that neither the fleet nor its scenario ended.</summary>
    public long ConnectionsLost { get; init; }

    /// <summary>Messages handed to MQTT for the first time: telemetry and answers to commands.</summary>
    public long Sent { get; init; }

    /// <summary>Telemetry messages among them.</summary>
    public long TelemetrySent { get; init; }

    /// <summary>Samples in those.</summary>
    public long SamplesSent { get; init; }

    /// <summary>Of the sent ones: PUBACK with success; at QoS 0 written to the connection.</summary>
    public long Acknowledged { get; init; }

    /// <summary>Of the sent ones: PUBACK with a reason code of 0x80 or above.</summary>
    public long Refused { get; init; }

    /// <summary>Publishes sent again after a reconnect.</summary>
    public long Resent { get; init; }

    /// <summary>Samples given up because the backlog was full.</summary>
    public long SamplesGivenUp { get; init; }

    /// <summary>Commands received, duplicates included.</summary>
    public long CommandsReceived { get; init; }

    /// <summary>Of those: seen before, answered again.</summary>
    public long CommandsRepeated { get; init; }

    /// <summary>Commands carried out.</summary>
    public long CommandsSucceeded { get; init; }

    /// <summary>Commands rejected.</summary>
    public long CommandsRejected { get; init; }

    /// <summary>Payloads on a command topic that are no command.</summary>
    public long CommandsUnreadable { get; init; }

    /// <summary>Cars that have carried out at least one command.</summary>
    public long CarsThatObeyed { get; init; }

    /// <summary>Packets of the server that break the protocol.</summary>
    public long ProtocolErrors { get; init; }

    /// <summary>What went wrong last, for people; null when nothing did.</summary>
    public string? LastProblem { get; init; }

    /// <summary>Accepted CONNECTs of cars that had been connected before.</summary>
    public long Reconnects => Connects - EverConnected;

    /// <summary>Commands answered with their end, repeated ones included.</summary>
    public long CommandsAnswered => CommandsSucceeded + CommandsRejected + CommandsRepeated;

    /// <summary>Sent and neither acknowledged nor refused.</summary>
    public long Outstanding => Sent - Acknowledged - Refused;
}
