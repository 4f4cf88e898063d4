namespace Telematics.Simulator.Cars;

/// <summary>What a command changes in reporting.</summary>
/// <param name="Interval">The new time between reports, or null.</param>
/// <param name="ReportNow">Whether a report is due at once.</param>
internal readonly record struct CommandEffect(TimeSpan? Interval, bool ReportNow);
