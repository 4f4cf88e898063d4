namespace Telematics.Messaging;

/// <summary>The caller's own mark on an append; it comes back with the outcome and means nothing to the log.</summary>
/// <param name="Owner">Who appended, for <see cref="IMessageProducer.Abandon"/>: for a connection its slot and the slot's generation, so that an outcome never answers for somebody else.</param>
/// <param name="Item">What of it: for a PUBLISH the packet identifier and whatever else the owner keeps.</param>
public readonly record struct AppendToken(long Owner, long Item);
