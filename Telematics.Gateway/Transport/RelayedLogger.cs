using Microsoft.Extensions.Logging;
using Telematics.Messaging;

namespace Telematics.Gateway.Transport;

/// <summary>
/// Hands lines to the thread pool: a loop with a descriptor table of its own may not write them, for the log's file is not
/// in its table, and neither may it make an exception's text, for which the runtime opens files.
/// </summary>
internal sealed class RelayedLogger(ILogger logger) : ILogger
{
    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logger.IsEnabled(logLevel);

    /// <inheritdoc/>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        PoolRelay.Queue(() => logger.Log(logLevel, eventId, state, exception, formatter));
}
