namespace Telematics.RocketMQ.Groups;

/// <summary>What became of a message.</summary>
public enum ConsumeResult
{
    /// <summary>It is done with.</summary>
    Done,

    /// <summary>
    /// It is to come again: through the group's retry topic, later each time (10 s, 30 s, 1 min …), while the queue goes on. In broadcast
    /// mode, which has no retry topic: after a second, before the messages behind it.
    /// </summary>
    Later,
}
