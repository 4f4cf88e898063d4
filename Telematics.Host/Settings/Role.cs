namespace Telematics.Host.Settings;

/// <summary>What a process does; by default all of it.</summary>
[Flags]
internal enum Role
{
    None = 0,

    /// <summary>MQTT listeners, sessions, uplink, downlink, presence.</summary>
    Gateway = 1,

    /// <summary>Telemetry from the log into the database.</summary>
    Ingest = 2,

    /// <summary>Command life cycle, dispatch, presence bookkeeping.</summary>
    Commands = 4,

    /// <summary>REST API and live view.</summary>
    Api = 8,

    All = Gateway | Ingest | Commands | Api,
}
