using Telematics.RocketMQ.Remoting;

namespace Telematics.RocketMQ.Producing;

/// <summary>The table of what can come of a send.</summary>
internal static class SendOutcomes
{
    /// <summary>What an answer's code means.</summary>
    public static SendVerdict Of(ResponseCode code) => code switch
    {
        ResponseCode.Success => SendVerdict.Stored,

        ResponseCode.FlushDiskTimeout => SendVerdict.StoredOnMasterOnly,
        ResponseCode.SlaveNotAvailable => SendVerdict.StoredOnMasterOnly,
        ResponseCode.FlushSlaveTimeout => SendVerdict.StoredOnMasterOnly,

        ResponseCode.SystemBusy => SendVerdict.Again, // flow control, page cache busy, a slave
        ResponseCode.ServiceNotAvailable => SendVerdict.Again, // disk full, shutting down
        ResponseCode.TopicNotExist => SendVerdict.Again, // not registered yet, or to be made again by the operator
        ResponseCode.FlowControl => SendVerdict.Again,
        ResponseCode.NotLeaderForQueue => SendVerdict.Again,
        ResponseCode.GoAway => SendVerdict.Again,

        ResponseCode.MessageIllegal => SendVerdict.MessageRefused, // size, properties, time of delivery

        ResponseCode.NoPermission => SendVerdict.Refused, // every failure of authentication, too
        ResponseCode.InvalidParameter => SendVerdict.Refused, // no such queue
        ResponseCode.RequestCodeNotSupported => SendVerdict.Refused,

        _ => SendVerdict.Suspect, // 1: any exception in the broker, missing replicas, a batch above maxMessageSize; and codes that we do not know
    };

    /// <summary>What the absence of an answer means: nobody knows, or it was surely not executed.</summary>
    public static SendVerdict Of(RemotingFault fault) => fault switch
    {
        RemotingFault.CannotConnect => SendVerdict.Again,
        RemotingFault.ConnectionLost => SendVerdict.Unknown,
        RemotingFault.TimedOut => SendVerdict.Unknown,
        RemotingFault.Malformed => SendVerdict.Unknown,
        RemotingFault.Closed => SendVerdict.Unknown, // until the producer, too, is closed
        _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, null),
    };
}
