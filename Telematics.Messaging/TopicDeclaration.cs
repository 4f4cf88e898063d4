namespace Telematics.Messaging;

/// <summary>A topic that the process needs.</summary>
/// <param name="Name">1 to 127 of <c>[A-Za-z0-9_%|-]</c>, RocketMQ's rule.</param>
/// <param name="Queues">How many queues it gets when it is made (1 to 64); null takes the log's default. An existing topic keeps its own.</param>
public sealed record TopicDeclaration(string Name, int? Queues = null);
