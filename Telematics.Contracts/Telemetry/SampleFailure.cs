namespace Telematics.Contracts.Telemetry;

/// <summary>One sample of a batch that was not accepted, while its siblings were.</summary>
/// <param name="Index">Its place in the message, from 0, rejected samples counted.</param>
/// <param name="Reason">Why.</param>
/// <param name="Detail">For the operator: field, limit, value.</param>
/// <param name="BodyStart">Where in the message's body its bytes begin.</param>
/// <param name="BodyLength">Number of those bytes.</param>
public readonly record struct SampleFailure(int Index, RejectReason Reason, string Detail, int BodyStart, int BodyLength);
