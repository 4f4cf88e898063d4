using System.ComponentModel.DataAnnotations;

namespace Telematics.Storage.Retention;

/// <summary>How long the database keeps what it holds, in days; 0 = for ever.</summary>
public sealed class RetentionOptions
{
    /// <summary>The section they are read from.</summary>
    public const string SectionName = "Telematics:Retention";

    private const int Longest = 36_500;

    /// <summary>Samples as they came (<c>telemetry</c>), by their device time. What is removed stays in the rollups.</summary>
    [Range(0, Longest)]
    public int TelemetryDays { get; set; } = 30;

    /// <summary>One row for each car and minute (<c>telemetry_1m</c>); not shorter than the samples.</summary>
    [Range(0, Longest)]
    public int MinuteRollupDays { get; set; } = 365;

    /// <summary>One row for each car and hour (<c>telemetry_1h</c>); not shorter than the minutes.</summary>
    [Range(0, Longest)]
    public int HourRollupDays { get; set; }

    /// <summary>
    /// A sample older than this at its arrival is not accepted, since its minute is not kept either; null = any is. What is
    /// between the age of samples and this one goes into the rollups.
    /// </summary>
    public TimeSpan? GetLongestSampleAge() => MinuteRollupDays == 0 ? null : TimeSpan.FromDays(MinuteRollupDays);

    /// <summary>Messages that could not be accepted (<c>telemetry_rejected</c>).</summary>
    [Range(0, Longest)]
    public int RejectedDays { get; set; } = 90;

    /// <summary>Commands with their executions and events, from the end of the last execution on. One under way is never removed.</summary>
    [Range(0, Longest)]
    public int CommandDays { get; set; } = 365;

    /// <summary>Changes of the registry (<c>registry_change</c>). The newest stays, and what a consumer has not read yet.</summary>
    [Range(0, Longest)]
    public int RegistryChangeDays { get; set; } = 30;
}
