namespace Telematics.Simulator.Meters;

/// <summary>One client of a meter.</summary>
internal struct MeterClient
{
    public MeterClientState State;

    /// <summary>Unacknowledged publishes that the server allows and the options ask for.</summary>
    public ushort Window;

    /// <summary>When the connect began, in ticks of the clock.</summary>
    public long ConnectedAt;

    /// <summary>Where it publishes; made with the first publish.</summary>
    public byte[]? Topic;
}
