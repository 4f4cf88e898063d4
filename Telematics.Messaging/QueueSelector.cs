using System.Text;

namespace Telematics.Messaging;

/// <summary>
/// Key → queue, by RocketMQ's own <c>SelectMessageQueueByHash</c>: Java's <c>String.hashCode</c>, remainder, absolute
/// value. Foreign producers that use the same selector put a vehicle's messages into the same queue as we do.
/// </summary>
public static class QueueSelector
{
    /// <summary>The place, 0 to <paramref name="queueCount"/> - 1, of the queue that holds the messages of <paramref name="key"/>.</summary>
    /// <param name="key">The message key in UTF-8.</param>
    /// <param name="queueCount">Number of queues of the topic, at least 1.</param>
    public static int Select(ReadOnlySpan<byte> key, int queueCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(queueCount);
        return Math.Abs(JavaHashCode(key) % queueCount);
    }

    /// <summary>Java's <c>String.hashCode</c> of a UTF-8 text: over its UTF-16 code units, wrapping at 32 bits.</summary>
    public static int JavaHashCode(ReadOnlySpan<byte> utf8)
    {
        unchecked
        {
            var hash = 0;
            for (var i = 0; i < utf8.Length; i++)
            {
                if (utf8[i] >= 0x80)
                {
                    return JavaHashCodeOfRunes(utf8[i..], hash);
                }

                hash = (31 * hash) + utf8[i];
            }

            return hash;
        }
    }

    private static int JavaHashCodeOfRunes(ReadOnlySpan<byte> utf8, int hash)
    {
        Span<char> units = stackalloc char[2];
        while (Rune.DecodeFromUtf8(utf8, out var rune, out var consumed) is not System.Buffers.OperationStatus.NeedMoreData || consumed > 0)
        {
            if (consumed == 0)
            {
                break;
            }

            utf8 = utf8[consumed..];
            var length = rune.EncodeToUtf16(units);
            for (var i = 0; i < length; i++)
            {
                hash = unchecked((31 * hash) + units[i]);
            }
        }

        return hash;
    }
}
