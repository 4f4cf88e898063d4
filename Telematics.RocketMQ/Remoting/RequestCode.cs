namespace Telematics.RocketMQ.Remoting;

/// <summary>What a request asks for, under RocketMQ's own numbers.</summary>
internal enum RequestCode
{
    PullMessage = 11,
    QueryMessage = 12,
    QueryConsumerOffset = 14,
    UpdateConsumerOffset = 15,
    UpdateAndCreateTopic = 17,
    GetBrokerConfig = 26,
    SearchOffsetByTimestamp = 29,
    GetMaxOffset = 30,
    GetMinOffset = 31,
    GetEarliestStoreTime = 32,
    ViewMessageById = 33,
    Heartbeat = 34,
    UnregisterClient = 35,
    ConsumerSendMessageBack = 36,
    GetConsumerList = 38,

    /// <summary>From the broker: the members of a group changed.</summary>
    NotifyConsumerIdsChanged = 40,

    LockQueues = 41,
    UnlockQueues = 42,
    GetRouteInfoByTopic = 105,
    GetBrokerClusterInfo = 106,
    UpdateAndCreateGroup = 200,
    DeleteTopicInBroker = 215,
    DeleteTopicInNameServer = 216,
    SendMessageV2 = 310,
    SendBatchMessage = 320,
    GetTopicConfig = 351,
}
