namespace Telematics.RocketMQ.Remoting;

/// <summary>The fixed part of a frame's header.</summary>
internal readonly record struct FrameHeader(int Code, int Opaque, int Flag, string? Remark)
{
    /// <summary>The largest frame with its length field: what a server takes by default, and what we take.</summary>
    public const int MaxFrameLength = 16 * 1024 * 1024;

    /// <summary>Sent to servers; it decides about details of their answers. That of 5.4.0.</summary>
    public const int ClientVersion = 493;

    public const int ResponseFlag = 1;

    public const int OneWayFlag = 2;

    public bool IsResponse => (Flag & ResponseFlag) != 0;

    public bool IsOneWay => (Flag & OneWayFlag) != 0;
}
