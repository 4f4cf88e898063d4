using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Telematics.Messaging;

namespace Telematics.RocketMQ.Records;

/// <summary>
/// The value of <see cref="SystemProperties.Numbered"/>: for which queue a message was numbered. An application that passes a
/// message on keeps its properties, and its number says nothing in another queue.
/// </summary>
internal static class QueueMark
{
    /// <summary>Characters of a mark.</summary>
    public const int Length = 8;

    /// <summary>A queue's mark: hexadecimal digits.</summary>
    public static byte[] Of(MessageQueue queue) => Encoding.ASCII.GetBytes(
        Crc32.HashToUInt32(Encoding.UTF8.GetBytes($"{queue.Topic} {queue.Broker} {queue.QueueId}")).ToString("X8", CultureInfo.InvariantCulture));
}
