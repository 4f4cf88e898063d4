using System.ComponentModel.DataAnnotations;

namespace Telematics.Commands;

/// <summary>Settings of the Commands role.</summary>
public sealed class CommandsOptions
{
    /// <summary>Section of the configuration.</summary>
    public const string SectionName = "Telematics:Commands";

    /// <summary>How often the dispatcher looks for work in the database, in milliseconds; in its own process it is woken at once.</summary>
    [Range(10, 10_000)]
    public int PollMilliseconds { get; set; } = 200;

    /// <summary>Delivery timeout in seconds: from the claim to the car's PUBACK.</summary>
    [Range(1, 600)]
    public int DeliveryTimeoutSeconds { get; set; } = 10;

    /// <summary>A broadcast's delivery timeout grows by one second for each so many targets.</summary>
    [Range(100, 1_000_000)]
    public int BroadcastTargetsPerSecond { get; set; } = 5_000;

    /// <summary>Delivery attempts before an execution fails with <c>$delivery.attemptsExhausted</c>.</summary>
    [Range(1, 1_000)]
    public int MaxAttempts { get; set; } = 10;

    /// <summary>First pause before a repeated attempt, in milliseconds; it doubles with each attempt, a quarter up or down.</summary>
    [Range(10, 600_000)]
    public int BackoffMilliseconds { get; set; } = 1_000;

    /// <summary>Longest pause before a repeated attempt, in milliseconds.</summary>
    [Range(10, 3_600_000)]
    public int MaxBackoffMilliseconds { get; set; } = 60_000;

    /// <summary>Most vehicles that one order may name.</summary>
    [Range(1, 10_000)]
    public int MaxTargets { get; set; } = 10_000;

    /// <summary>Executions in one transaction.</summary>
    [Range(10, 50_000)]
    public int PageSize { get; set; } = 5_000;

    /// <summary>Silence of a gateway instance, in seconds, after which it counts as ended; it beats every 5 s.</summary>
    [Range(6, 600)]
    public int InstanceSilenceSeconds { get; set; } = 15;

    /// <summary>How long a message that an event causes may take to be stored, in seconds, before its batch is tried again.</summary>
    [Range(1, 60)]
    public int AppendTimeoutSeconds { get; set; } = 5;
}
