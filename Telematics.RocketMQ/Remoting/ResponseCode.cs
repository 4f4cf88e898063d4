namespace Telematics.RocketMQ.Remoting;

/// <summary>How a request ended, under RocketMQ's own numbers. Only the code counts, never the remark's text.</summary>
internal enum ResponseCode
{
    Success = 0,
    SystemError = 1,
    SystemBusy = 2,
    RequestCodeNotSupported = 3,
    FlushDiskTimeout = 10,
    SlaveNotAvailable = 11,
    FlushSlaveTimeout = 12,
    MessageIllegal = 13,
    ServiceNotAvailable = 14,

    /// <summary>No right, and every failure of authentication.</summary>
    NoPermission = 16,

    TopicNotExist = 17,
    PullNotFound = 19,
    PullRetryImmediately = 20,
    PullOffsetMoved = 21,
    QueryNotFound = 22,
    SubscriptionParseFailed = 23,
    SubscriptionNotExist = 24,
    SubscriptionNotLatest = 25,
    GroupNotExist = 26,
    FilterDataNotExist = 27,
    FilterDataNotLatest = 28,
    InvalidParameter = 29,
    ConsumerNotOnline = 206,
    PollingFull = 209,
    FlowControl = 215,
    NotLeaderForQueue = 501,

    /// <summary>The server is shutting down: the request was not executed, a new connection has to be made.</summary>
    GoAway = 1500,
}
