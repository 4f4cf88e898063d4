namespace Telematics.Simulator.Cars;

/// <summary>One QoS 1 publish that has no PUBACK yet, ready to be sent again byte for byte.</summary>
internal struct Unacknowledged
{
    /// <summary>The packet as it was first written; rented.</summary>
    public byte[] Packet;

    /// <summary>Its length.</summary>
    public int Length;

    /// <summary>Its packet identifier.</summary>
    public ushort PacketId;

    /// <summary>The car's next one, or <see cref="InflightSlab.None"/>.</summary>
    public int Next;

    /// <summary>When it was first sent, in ticks of the clock.</summary>
    public long FirstSent;
}
