using System.Text;

namespace Telematics.RocketMQ.Records;

/// <summary>The property names that RocketMQ gives a meaning to. No user's property may have one of them.</summary>
internal static class SystemProperties
{
    /// <summary>
    /// "Judge me for repeats": a message with this property is from a producer that numbers its messages by <see cref="UniqueKey"/>
    /// in their order, in the queue whose <see cref="QueueMark"/> is the value. Ours, not RocketMQ's.
    /// </summary>
    public const string Numbered = "TMNO";

    public const string Tags = "TAGS";
    public const string Keys = "KEYS";
    public const string UniqueKey = "UNIQ_KEY";
    public const string DelayLevel = "DELAY";
    public const string TimerDeliverMs = "TIMER_DELIVER_MS";
    public const string ShardingKey = "__SHARDINGKEY";

    // MessageConst of RocketMQ 5.5, and what its brokers set.
    private static readonly byte[][][] NamesByLength = GroupByLength(
        Numbered, Tags, Keys, UniqueKey, DelayLevel, TimerDeliverMs, ShardingKey,
        "WAIT", "RETRY_TOPIC", "ORIGIN_GROUP", "REAL_TOPIC", "REAL_QID", "TRAN_MSG", "PGROUP", "MIN_OFFSET", "MAX_OFFSET", "BUYER_ID",
        "ORIGIN_MESSAGE_ID", "TRANSFER_FLAG", "CORRECTION_FLAG", "MQ2_FLAG", "RECONSUME_TIME", "MSG_REGION", "TRACE_ON", "TRANS_OFFSET",
        "EXTEND_UNIQ_INFO", "MAX_RECONSUME_TIMES", "CONSUME_START_TIME", "_SYS_MSG_PRIORITY_", "INNER_NUM", "INNER_BASE", "DUP_INFO",
        "CHECK_IMMUNITY_TIME_IN_SECONDS", "TRAN_PREPARED_QUEUE_OFFSET", "__transactionId__", "TRANSACTION_CHECK_TIMES", "INSTANCE_ID",
        "CORRELATION_ID", "REPLY_TO_CLIENT", "TTL", "ARRIVE_TIME", "PUSH_REPLY_TIME", "CLUSTER", "MSG_TYPE", "POP_CK", "POP_CK_OFFSET",
        "1ST_POP_TIME", "__LITE_TOPIC", "PROPERTY_FORWARD_QUEUE_ID", "REDIRECT", "INNER_MULTI_DISPATCH", "INNER_MULTI_QUEUE_OFFSET",
        "TRACE_CONTEXT", "TIMER_DELAY_SEC", "TIMER_DELAY_MS", "TIMER_ENQUEUE_MS", "TIMER_DEQUEUE_MS", "TIMER_ROLL_TIMES", "TIMER_OUT_MS",
        "TIMER_DEL_UNIQKEY", "TIMER_ROLL_LABEL", "TIMER_DELAY_LEVEL", "__BORNHOST", "BORN_TIMESTAMP", "__CRC32#", "DLQ_ORIGIN_TOPIC",
        "DLQ_ORIGIN_MESSAGE_ID");

    private static ReadOnlySpan<byte> TransientPrefix => "__RMQ.TRANSIENT."u8;

    /// <summary>Whether a name is RocketMQ's.</summary>
    public static bool Contains(ReadOnlySpan<byte> name)
    {
        // Users' names mostly begin with a small letter, RocketMQ's never do.
        if (name.IsEmpty || name[0] is >= (byte)'a' and <= (byte)'z')
        {
            return false;
        }

        if (name.Length < NamesByLength.Length)
        {
            foreach (var candidate in NamesByLength[name.Length])
            {
                if (name.SequenceEqual(candidate))
                {
                    return true;
                }
            }
        }

        return name.StartsWith(TransientPrefix);
    }

    private static byte[][][] GroupByLength(params string[] names)
    {
        var groups = new byte[names.Max(name => name.Length) + 1][][];
        for (var length = 0; length < groups.Length; length++)
        {
            groups[length] = [.. names.Where(name => name.Length == length).Select(Encoding.ASCII.GetBytes)];
        }

        return groups;
    }
}
