using Telematics.RocketMQ.Records;

namespace Telematics.RocketMQ.Reading;

/// <summary>Sees each message that goes into a batch, for those who need more of it than a batch keeps.</summary>
internal interface IRecordObserver
{
    /// <summary>Called in the order of the batch; the spans are valid during the call.</summary>
    void OnAdded(in StoredRecord record, long offset, ReadOnlySpan<byte> properties, ReadOnlySpan<byte> body);
}
