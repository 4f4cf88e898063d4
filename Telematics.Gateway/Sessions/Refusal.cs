namespace Telematics.Gateway.Sessions;

/// <summary>Why a publish or a subscription was refused.</summary>
internal enum Refusal
{
    /// <summary>It was not.</summary>
    None,

    /// <summary>No PUBLISH that the specification allows.</summary>
    Malformed,

    /// <summary>The first level is not declared.</summary>
    UndeclaredTopic,

    /// <summary>Only servers write it.</summary>
    DownlinkTopic,

    /// <summary>The system's own.</summary>
    InternalTopic,

    /// <summary>Another vehicle's.</summary>
    ForeignTopic,

    /// <summary>The topic has no vehicle id where it must have one, or is too long.</summary>
    InvalidTopic,

    /// <summary>A filter on an uplink topic, which is never read back.</summary>
    UplinkTopic,

    /// <summary>A control character in a topic, client identifier or property.</summary>
    ControlCharacter,

    /// <summary>QoS 2.</summary>
    QoSNotSupported,

    /// <summary>A retained message.</summary>
    RetainNotSupported,

    /// <summary>User properties or other properties above what the log carries.</summary>
    PropertiesTooLarge,

    /// <summary>The log refuses the message.</summary>
    LogRefused,

    /// <summary>One subscription too many.</summary>
    SubscriptionQuota,

    /// <summary>A shared subscription.</summary>
    SharedSubscription,
}
