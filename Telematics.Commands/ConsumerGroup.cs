namespace Telematics.Commands;

/// <summary>The consumer group of this role.</summary>
internal static class ConsumerGroup
{
    /// <summary>Its name; offsets are stored under it.</summary>
    public const string Name = "commands";
}
