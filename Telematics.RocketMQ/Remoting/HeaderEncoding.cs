namespace Telematics.RocketMQ.Remoting;

/// <summary>The high byte of a frame's second word.</summary>
internal enum HeaderEncoding : byte
{
    Json = 0,
    Binary = 1,
}
