namespace Telematics.Contracts.Telemetry;

/// <summary>The number that a car gives one of its messages; a message sent again keeps it.</summary>
/// <param name="Boot">The life of the counter, 0 to 2^63 - 1: new whenever the counter is lost, never repeated.</param>
/// <param name="Seq">The message's number within it, 0 to 2^63 - 1, in the order in which messages are first handed to MQTT.</param>
public readonly record struct MessageSequence(long Boot, long Seq);
