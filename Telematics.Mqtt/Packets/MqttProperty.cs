namespace Telematics.Mqtt.Packets;

/// <summary>One property: its number or its bytes.</summary>
public readonly ref struct MqttProperty
{
    /// <summary>Which one.</summary>
    public MqttPropertyId Id { get; init; }

    /// <summary>The value of a property that is a number.</summary>
    public uint Number { get; init; }

    /// <summary>The name of a user property.</summary>
    public ReadOnlySpan<byte> Name { get; init; }

    /// <summary>The value of a text, binary or user property.</summary>
    public ReadOnlySpan<byte> Value { get; init; }
}
