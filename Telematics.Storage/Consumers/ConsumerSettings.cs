namespace Telematics.Storage.Consumers;

/// <summary>What a transactional consumer reads, and in what portions.</summary>
/// <param name="Group">The consumer group; its offsets are stored under this name.</param>
/// <param name="Topic">The topic.</param>
public sealed record ConsumerSettings(string Group, string Topic)
{
    /// <summary>Most messages in one transaction, at least 1.</summary>
    public int MaxMessages { get; init; } = 1_000;

    /// <summary>Most bytes in one batch's buffer.</summary>
    public int MaxBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>
    /// Shortest time from one read of a queue to the next while batches are small: at a low rate it makes a transaction out
    /// of what arrives meanwhile. Zero: every message at once.
    /// </summary>
    public TimeSpan MinInterval { get; init; } = TimeSpan.Zero;

    /// <summary>
    /// How long one read waits for a message; a consumer knows at least this often that it stands at the end. RocketMQ is asked for
    /// the queue's end each time, so short waits of many queues are a load of their own.
    /// </summary>
    public TimeSpan Wait { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>First pause after a failure; it doubles up to <see cref="MaxRetryDelay"/>.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest pause after a failure.</summary>
    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromSeconds(5);
}
