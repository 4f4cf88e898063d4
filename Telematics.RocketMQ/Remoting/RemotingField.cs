using System.Buffers.Text;
using System.Text;

namespace Telematics.RocketMQ.Remoting;

/// <summary>One field of a request's header: a text, or a number that becomes text when it is written.</summary>
internal readonly record struct RemotingField(string Name, string? Text, long Number)
{
    /// <summary>The longest number in text.</summary>
    public const int MaxNumberLength = 20;

    /// <summary>The value in UTF-8. A number is written to <paramref name="scratch"/>, a text too when it fits, else to a new array.</summary>
    public ReadOnlySpan<byte> Encode(Span<byte> scratch)
    {
        if (Text is null)
        {
            Utf8Formatter.TryFormat(Number, scratch, out var digits);
            return scratch[..digits];
        }

        return Encoding.UTF8.TryGetBytes(Text, scratch, out var length) ? scratch[..length] : Encoding.UTF8.GetBytes(Text);
    }
}
