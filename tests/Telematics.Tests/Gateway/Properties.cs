using System.Text;
using Telematics.Mqtt.Packets;

namespace Telematics.Tests.Gateway;

/// <summary>MQTT 5 properties that a test gives a packet.</summary>
internal sealed class Properties
{
    public List<Property> All { get; } = [];

    public Properties Add(MqttPropertyId id, uint number)
    {
        All.Add(new Property(id, number, null, null));
        return this;
    }

    public Properties Add(MqttPropertyId id, string text)
    {
        All.Add(new Property(id, 0, null, text));
        return this;
    }

    public Properties AddUser(string name, string value)
    {
        All.Add(new Property(MqttPropertyId.UserProperty, 0, name, value));
        return this;
    }

    internal sealed record Property(MqttPropertyId Id, uint Number, string? Name, string? Value)
    {
        public void WriteTo(ref MqttPropertyWriter writer)
        {
            if (Name is not null)
            {
                writer.AddUserProperty(Encoding.UTF8.GetBytes(Name), Encoding.UTF8.GetBytes(Value!));
            }
            else if (Value is not null)
            {
                writer.Add(Id, Encoding.UTF8.GetBytes(Value));
            }
            else
            {
                writer.Add(Id, Number);
            }
        }
    }
}
