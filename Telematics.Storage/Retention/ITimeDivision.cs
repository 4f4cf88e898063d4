namespace Telematics.Storage.Retention;

/// <summary>How the tables of time series are divided by time, which is what old rows are removed by.</summary>
internal interface ITimeDivision
{
    /// <summary>Makes the divisions that rows of the next days will need, and sets their length.</summary>
    Task PrepareAsync(CancellationToken cancellationToken);

    /// <summary>Removes rows before a time, in whole divisions where there are any: some older rows may stay until their division is over.</summary>
    /// <param name="table">One of <see cref="TimeSeriesTables"/>.</param>
    /// <param name="before">UTC.</param>
    /// <param name="progress">Hears of what was removed.</param>
    /// <param name="cancellationToken">Ends the work between two steps.</param>
    Task RemoveBeforeAsync(string table, DateTime before, RetentionProgress progress, CancellationToken cancellationToken);
}

/// <summary>The tables of time series.</summary>
internal static class TimeSeriesTables
{
    /// <summary>Samples.</summary>
    public const string Telemetry = "telemetry";

    /// <summary>One row for each car and minute.</summary>
    public const string Minutes = "telemetry_1m";

    /// <summary>One row for each car and hour.</summary>
    public const string Hours = "telemetry_1h";
}
