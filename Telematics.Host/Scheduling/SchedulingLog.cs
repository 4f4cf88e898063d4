namespace Telematics.Host.Scheduling;

internal static partial class SchedulingLog // 7000-7999; next free 7007
{
    [LoggerMessage(7000, LogLevel.Information, "Scheduler: {Count} recurring tasks ({Tasks}), planned in {Storage}")]
    public static partial void SchedulerReady(this ILogger logger, int count, string tasks, string storage);

    [LoggerMessage(7001, LogLevel.Error, "Task {Task} failed after {Seconds:0.0} s; it runs again at its next time")]
    public static partial void TaskFailed(this ILogger logger, Exception exception, string task, double seconds);

    [LoggerMessage(7002, LogLevel.Debug, "Task {Task} ran for {Seconds:0.0} s")]
    public static partial void TaskRan(this ILogger logger, string task, double seconds);

    [LoggerMessage(7003, LogLevel.Debug, "Task {Task} is running elsewhere or still; this run is left out")]
    public static partial void TaskBusy(this ILogger logger, string task);

    [LoggerMessage(7004, LogLevel.Warning, "Task {Task} is planned, but this program has none of that name; another version planned it")]
    public static partial void TaskUnknown(this ILogger logger, string task);

    [LoggerMessage(7005, LogLevel.Warning, "Scheduler: {What} failed; tried again in {Seconds} s")]
    public static partial void StorageUnavailable(this ILogger logger, Exception exception, string what, double seconds);

    [LoggerMessage(7006, LogLevel.Warning, "Scheduler: a task did not end within {Seconds} s of the stop; it is left to end with the process")]
    public static partial void TaskOutlivesStop(this ILogger logger, double seconds);
}
