namespace Telematics.Gateway.Downlink;

/// <summary>A message on its way to one client.</summary>
/// <param name="Message">The message.</param>
/// <param name="QualityOfService">The lower one of publish and subscription, 0 or 1.</param>
/// <param name="Identifiers">Subscription Identifiers, or null.</param>
/// <param name="IsOrder">Whether it is an order for this client as a car, so that receipts are due.</param>
internal readonly record struct Delivery(OutboundMessage Message, int QualityOfService, int[]? Identifiers, bool IsOrder);
