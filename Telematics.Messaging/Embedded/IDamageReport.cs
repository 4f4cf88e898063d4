namespace Telematics.Messaging.Embedded;

/// <summary>Hears of messages that cannot be read any more.</summary>
internal interface IDamageReport
{
    /// <summary>The offsets from <paramref name="first"/> up to, not including, <paramref name="end"/> of a queue are lost.</summary>
    void OnDamage(int queueNumber, long first, long end, Exception? fault);
}
