namespace Telematics.Mqtt.Topics;

/// <summary>Takes the subscribers that a topic reaches; a struct, so that matching allocates nothing.</summary>
public interface ISubscriptionVisitor<in T>
{
    /// <summary>A subscriber; one with several matching filters comes several times.</summary>
    void Visit(T subscriber);
}
