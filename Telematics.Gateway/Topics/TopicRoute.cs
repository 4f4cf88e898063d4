using System.Text;
using Telematics.Messaging;

namespace Telematics.Gateway.Topics;

/// <summary>A declared first level: the topic of the log that it is, and who writes it.</summary>
internal sealed class TopicRoute(string name, TopicKind kind, bool isVehicleTopic, bool isCatchAll, IMessageProducer? producer)
{
    /// <summary>The topic's name.</summary>
    public string Name { get; } = name;

    /// <summary>The name in UTF-8.</summary>
    public byte[] Utf8Name { get; } = Encoding.UTF8.GetBytes(name);

    /// <summary>Who writes it.</summary>
    public TopicKind Kind { get; } = kind;

    /// <summary>Whether its second level must be a vehicle id and its last.</summary>
    public bool IsVehicleTopic { get; } = isVehicleTopic;

    /// <summary>Whether it takes everything undeclared, whole.</summary>
    public bool IsCatchAll { get; } = isCatchAll;

    /// <summary>Appends to it; null where clients do not write.</summary>
    public IMessageProducer? Producer { get; } = producer;
}
