namespace Telematics.Mqtt;

/// <summary>Variable Byte Integer, MQTT 5.0 §1.5.5.</summary>
public static class VariableByteInteger
{
    /// <summary>Greatest value: 268,435,455.</summary>
    public const int MaximumValue = 0x0FFF_FFFF;

    /// <summary>Bytes that a value takes, 1 to 4.</summary>
    public static int GetLength(int value) => value switch
    {
        < 0 or > MaximumValue => throw new ArgumentOutOfRangeException(nameof(value), value, $"0 to {MaximumValue}"),
        < 0x80 => 1,
        < 0x4000 => 2,
        < 0x20_0000 => 3,
        _ => 4,
    };

    /// <summary>Writes a value; returns how many bytes it took.</summary>
    public static int Write(Span<byte> destination, int value)
    {
        var length = GetLength(value);
        for (var i = 0; i < length; i++)
        {
            destination[i] = (byte)((value & 0x7F) | (i == length - 1 ? 0 : 0x80));
            value >>= 7;
        }

        return length;
    }
}
