namespace Telematics.Simulator;

/// <summary>How long PUBACKs took from the first sending, in milliseconds.</summary>
/// <param name="Count">Number of PUBACKs.</param>
/// <param name="P50">Median.</param>
/// <param name="P90">90th percentile.</param>
/// <param name="P99">99th percentile.</param>
/// <param name="P999">99.9th percentile.</param>
/// <param name="Maximum">The longest.</param>
public sealed record AckPercentiles(long Count, double P50, double P90, double P99, double P999, double Maximum);
