using Telematics.Gateway.Downlink;
using Telematics.Mqtt.Timing;

namespace Telematics.Gateway.Sessions;

/// <summary>One client's session: a slot of its loop, with a connection or kept without one.</summary>
internal struct Session
{
    public string ClientId;

    /// <summary>The connection's slot, or -1.</summary>
    public int Connection;

    /// <summary>Session Expiry Interval in seconds; 0 ends it with its connection.</summary>
    public uint Expiry;

    public bool IsVehicle;

    /// <summary>Whether the session is asked for at another loop, and nothing is known of it yet.</summary>
    public bool IsClaiming;

    /// <summary>Whether the CONNECT that claims it wants none kept.</summary>
    public bool IsCleanClaim;

    /// <summary>Who claimed it while it was being claimed itself.</summary>
    public TakeOver? Successor;

    /// <summary>Number of the last messages of topics that it was given, on this loop or an earlier one.</summary>
    public long SeenTopics;

    public ushort LastPacketId;
    public SubscriptionList? Subscriptions;
    public Outbox? Outbox;
    public Will? Will;

    /// <summary>Without connection: when the session ends.</summary>
    public TimerHandle ExpiryTimer;

    /// <summary>Without connection: when the will is due.</summary>
    public TimerHandle WillTimer;
}
