using System.Buffers;
using System.Text;
using Telematics.Messaging;

namespace Telematics.Tests.Gateway;

/// <summary>Batches as a log's reader hands them over.</summary>
internal static class MessageBatches
{
    public static MessageBatch Of(IReadOnlyList<AppendedMessage> messages, TimeProvider time)
    {
        var buffer = new List<byte>();
        var records = ArrayPool<MessageRecord>.Shared.Rent(messages.Count);
        for (var i = 0; i < messages.Count; i++)
        {
            records[i] = new MessageRecord
            {
                Offset = i,
                StoreTime = time.GetUtcNow().ToUnixTimeMilliseconds(),
                Key = Add(buffer, Encoding.UTF8.GetBytes(messages[i].Key)),
                Tag = Add(buffer, Encoding.UTF8.GetBytes(messages[i].Tag)),
                Properties = Add(buffer, Encode(messages[i].Properties)),
                Body = Add(buffer, messages[i].Body),
            };
        }

        var rented = ArrayPool<byte>.Shared.Rent(Math.Max(1, buffer.Count));
        buffer.CopyTo(rented);
        return new MessageBatch(new MessageQueue(messages[0].Topic, "fake", 0, 0), rented, records, messages.Count);
    }

    private static BufferRange Add(List<byte> buffer, byte[] part)
    {
        buffer.AddRange(part);
        return new BufferRange(buffer.Count - part.Length, part.Length);
    }

    private static byte[] Encode(IReadOnlyDictionary<string, string> properties)
    {
        var writer = new MessagePropertiesWriter(new byte[32_767]);
        foreach (var (name, value) in properties)
        {
            writer.Add(Encoding.UTF8.GetBytes(name), value);
        }

        return writer.Written.ToArray();
    }
}
