using System.Text;
using Telematics.Mqtt;
using Telematics.Mqtt.Packets;
using Xunit;

namespace Telematics.Tests.Mqtt.Packets;

/// <summary>Short forms for tests: hexadecimal with spaces, <c>'text'</c> for ASCII.</summary>
internal static class Bytes
{
    public static byte[] Of(string text)
    {
        var bytes = new List<byte>();
        foreach (var (part, i) in text.Split('\'').Select((part, i) => (part, i)))
        {
            bytes.AddRange(i % 2 == 1 ? Encoding.UTF8.GetBytes(part) : Convert.FromHexString(part.Replace(" ", "", StringComparison.Ordinal)));
        }

        return [.. bytes];
    }

    /// <summary>The body of a whole packet, after checking its fixed header.</summary>
    public static ReadOnlySpan<byte> Body(ReadOnlySpan<byte> packet, MqttPacketType type)
    {
        Assert.Equal(MqttFrameStatus.Complete, MqttFixedHeader.Read(packet, VariableByteInteger.MaximumValue, out var header, out _));
        Assert.Equal(type, header.Type);
        Assert.Equal(packet.Length, header.PacketLength);
        return packet[header.HeaderLength..];
    }

    public static string Text(ReadOnlySpan<byte> utf8) => Encoding.UTF8.GetString(utf8);

    public static MqttProperties Properties(Span<byte> buffer, params ReadOnlySpan<(MqttPropertyId Id, object Value)> properties)
    {
        var writer = new MqttPropertyWriter(buffer);
        foreach (var (id, value) in properties)
        {
            switch (value)
            {
                case int number:
                    writer.Add(id, (uint)number);
                    break;
                case string text:
                    writer.Add(id, Encoding.UTF8.GetBytes(text));
                    break;
                case byte[] binary:
                    writer.Add(id, binary);
                    break;
                case (string name, string text):
                    writer.AddUserProperty(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(text));
                    break;
                default:
                    throw new ArgumentException($"{value} for {id}");
            }
        }

        return writer.Properties;
    }
}
