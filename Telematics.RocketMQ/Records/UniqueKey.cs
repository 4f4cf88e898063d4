using System.Buffers;
using System.Globalization;

namespace Telematics.RocketMQ.Records;

/// <summary>
/// The value of <c>UNIQ_KEY</c>, RocketMQ's message id, in the form of its Java client: 32 hexadecimal digits that are the
/// producer's instance (10 bytes) and its number of the message (6 bytes).
/// </summary>
internal static class UniqueKey
{
    /// <summary>Characters of a key.</summary>
    public const int Length = 2 * (InstanceLength + NumberLength);

    /// <summary>Bytes of a producer's instance.</summary>
    public const int InstanceLength = 10;

    /// <summary>Characters of an instance.</summary>
    public const int InstanceDigits = 2 * InstanceLength;

    private const int NumberLength = 6;

    private static ReadOnlySpan<byte> Digits => "0123456789ABCDEF"u8;

    /// <summary>Writes a key.</summary>
    /// <param name="destination">At least <see cref="Length"/> bytes.</param>
    /// <param name="instance">The instance as <see cref="InstanceDigits"/> digits.</param>
    /// <param name="number">The number, unsigned, 48 bits.</param>
    public static void Write(Span<byte> destination, ReadOnlySpan<byte> instance, long number)
    {
        instance.CopyTo(destination);
        for (var i = Length - 1; i >= InstanceDigits; i--)
        {
            destination[i] = Digits[(int)(number & 0xF)];
            number >>= 4;
        }
    }

    /// <summary>Takes a key apart; false when it has another form, as those of some foreign producers.</summary>
    /// <param name="key">The value of the property.</param>
    /// <param name="instance">Gets the instance; <see cref="InstanceLength"/> bytes.</param>
    /// <param name="number">The number.</param>
    public static bool TryParse(ReadOnlySpan<byte> key, Span<byte> instance, out long number)
    {
        number = 0;
        return key.Length == Length
            && Convert.FromHexString(key[..InstanceDigits], instance, out _, out _) == OperationStatus.Done
            && long.TryParse(key[InstanceDigits..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number);
    }
}
