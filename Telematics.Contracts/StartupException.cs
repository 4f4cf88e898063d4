namespace Telematics.Contracts;

/// <summary>The process cannot start as it is set up. The text is one line that says what to do; the exit code is 2.</summary>
public sealed class StartupException : Exception
{
    /// <inheritdoc cref="StartupException"/>
    public StartupException(string message)
        : base(message)
    {
    }

    /// <inheritdoc cref="StartupException"/>
    public StartupException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
