namespace Telematics.Vehicle.Outbox;

/// <summary>A publish that was handed to MQTT, or is about to be; kept until its PUBACK.</summary>
/// <param name="Id">Its place in the order of handing over.</param>
/// <param name="Topic">MQTT topic.</param>
/// <param name="ContentType">MQTT 5 content type.</param>
/// <param name="CorrelationData">MQTT 5 correlation data of the command it answers; null when there is none.</param>
/// <param name="Body">The payload: the same bytes, with the same number, however often it is sent.</param>
internal sealed record OutgoingPublish(long Id, string Topic, string ContentType, byte[]? CorrelationData, byte[] Body);
