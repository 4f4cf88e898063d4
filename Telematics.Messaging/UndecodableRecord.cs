namespace Telematics.Messaging;

/// <summary>A stored message that cannot be decoded: damaged, or of a layout that is not known here.</summary>
/// <param name="Offset">Its offset in its queue.</param>
/// <param name="StoreTime">When the log stored it, in milliseconds since 1970-01-01 UTC; 0 where not even that can be read.</param>
/// <param name="Fault">What is wrong with it.</param>
/// <param name="Bytes">It as it is stored, its first <see cref="MaxBytes"/> at most.</param>
public sealed record UndecodableRecord(long Offset, long StoreTime, string Fault, byte[] Bytes)
{
    /// <summary>The most that is kept of one, in bytes.</summary>
    public const int MaxBytes = 64 * 1024;
}
