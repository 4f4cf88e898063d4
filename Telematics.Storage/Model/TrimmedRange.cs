namespace Telematics.Storage.Model;

/// <summary>Offsets that retention had removed before a consumer read them: listed for the operator.</summary>
public sealed class TrimmedRange
{
    public long Id { get; set; }

    public required string Group { get; set; }

    public required string Topic { get; set; }

    public required string Broker { get; set; }

    public int QueueId { get; set; }

    public long FromOffset { get; set; }

    /// <summary>The first offset that was still there.</summary>
    public long ToOffset { get; set; }

    public DateTime At { get; set; }
}
