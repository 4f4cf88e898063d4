using Telematics.Contracts.Telemetry;

namespace Telematics.Ingest;

/// <summary>One message of a decoded batch.</summary>
internal struct PreparedMessage
{
    /// <summary>Where its vehicle id is.</summary>
    public int IdStart;

    /// <summary>Its length; 0 when the topic names no vehicle.</summary>
    public int IdLength;

    /// <summary>Its first row.</summary>
    public int RowStart;

    /// <summary>Its number of rows.</summary>
    public int RowCount;

    /// <summary>Whether it carries a number.</summary>
    public bool HasSequence;

    /// <summary>The life of the car's counter.</summary>
    public long Boot;

    /// <summary>The number.</summary>
    public long Seq;
}

/// <summary>A message, or a part of one, that cannot be accepted whoever sent it.</summary>
/// <param name="Message">Index of the message.</param>
/// <param name="Reason">Why.</param>
/// <param name="Detail">For the operator.</param>
/// <param name="BodyStart">Where in the body its bytes begin.</param>
/// <param name="BodyLength">Number of those bytes.</param>
internal readonly record struct PreparedRejection(int Message, RejectReason Reason, string Detail, int BodyStart, int BodyLength);
