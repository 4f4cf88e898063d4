using Hangfire.Logging;
using HangfireLevel = Hangfire.Logging.LogLevel;
using Level = Microsoft.Extensions.Logging.LogLevel;

namespace Telematics.Host.Scheduling;

/// <summary>Hangfire's own log, category <c>Hangfire</c>. What it tells at Information (its threads, its options) is for debugging.</summary>
internal sealed class HangfireLog : ILogProvider, ILog
{
    private readonly ILogger _logger;

    private HangfireLog(ILoggerFactory loggers) => _logger = loggers.CreateLogger("Hangfire");

    /// <summary>Sends Hangfire's log to these loggers; it has one for the whole process.</summary>
    public static void Use(ILoggerFactory loggers) => LogProvider.SetCurrentLogProvider(new HangfireLog(loggers));

    /// <inheritdoc/>
    public ILog GetLogger(string name) => this;

    /// <inheritdoc/>
    public bool Log(HangfireLevel logLevel, Func<string>? messageFunc, Exception? exception = null)
    {
        var level = logLevel switch
        {
            HangfireLevel.Fatal => Level.Critical,
            HangfireLevel.Error => Level.Error,
            HangfireLevel.Warn => Level.Warning,
            HangfireLevel.Info => Level.Debug,
            _ => Level.Trace,
        };
        if (!_logger.IsEnabled(level))
        {
            return false;
        }

        if (messageFunc is not null)
        {
            // The text is Hangfire's own: nothing in it is a place for a value.
            _logger.Log(level, default, messageFunc(), exception, static (text, _) => text);
        }

        return true;
    }
}
