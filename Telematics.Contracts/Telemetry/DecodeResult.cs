namespace Telematics.Contracts.Telemetry;

/// <summary>Whether a body could be decoded.</summary>
/// <param name="Reason"><see cref="RejectReason.None"/>, or why not.</param>
/// <param name="Detail">For the operator: field, limit, value, position; empty when decoded.</param>
public readonly record struct DecodeResult(RejectReason Reason, string Detail)
{
    /// <summary>It was decoded.</summary>
    public static DecodeResult Decoded { get; } = new(RejectReason.None, "");
}
