using System.Text.Json.Serialization;

namespace Telematics.Contracts.Telemetry;

/// <summary>Why a message or sample was not accepted; stored in <c>telemetry_rejected</c> and counted by name.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<RejectReason>))]
public enum RejectReason
{
    /// <summary>It was accepted.</summary>
    None,

    /// <summary>Neither JSON nor Protobuf of the documented form; or a record of the message log that cannot be decoded itself.</summary>
    Undecodable,

    /// <summary>A sample without a time.</summary>
    TimeMissing,

    /// <summary>A device time more than 24 h ahead of the store time.</summary>
    TimeInFuture,

    /// <summary>A value that is no number, or outside the signal's range.</summary>
    ValueOutOfRange,

    /// <summary>The MQTT topic names no valid vehicle.</summary>
    VehicleIdInvalid,

    /// <summary>A vehicle that nobody registered, with automatic registration off.</summary>
    VehicleUnknown,

    /// <summary>A vehicle that was deleted, and not put back since.</summary>
    VehicleDeleted,

    /// <summary>More samples or signals in one message than the documented limit.</summary>
    TooMany,

    /// <summary>The database refused the row.</summary>
    RefusedByDatabase,

    /// <summary>A result of a command that nobody knows, or that was not for this vehicle.</summary>
    CommandUnknown,

    /// <summary>A device time before 1970-01-01.</summary>
    TimeTooOld,

    /// <summary>A device time so old that not even its minute's sums are kept.</summary>
    OlderThanRetention,
}
