namespace Telematics.RocketMQ.Producing;

/// <summary>What the answer to a send, or its absence, means for what was sent.</summary>
internal enum SendVerdict
{
    /// <summary>Stored as the operator wants it: flushed and replicated as the broker is set.</summary>
    Stored,

    /// <summary>
    /// Stored on the master, but the flush or the replica that the operator asked for is missing. The promise is not kept
    /// yet: the same is sent again, and readers drop the copy by its number.
    /// </summary>
    StoredOnMasterOnly,

    /// <summary>Not stored, for a reason that passes: the same is sent again until there is a better answer.</summary>
    Again,

    /// <summary>Nobody knows whether it is stored: the same is sent again until there is an answer.</summary>
    Unknown,

    /// <summary>
    /// A failure inside the broker. It passes, or one of the messages causes it each time: the same is sent again a few times,
    /// then it is looked for the message; which is refused only when the broker stores others meanwhile, else the failure is the
    /// broker's and the message is sent again until it works.
    /// </summary>
    Suspect,

    /// <summary>One of the messages is refused for good, the others may be not.</summary>
    MessageRefused,

    /// <summary>All are refused for good, whatever is in them.</summary>
    Refused,
}
