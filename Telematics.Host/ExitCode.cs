namespace Telematics.Host;

/// <summary>Exit codes of the process.</summary>
internal static class ExitCode
{
    /// <summary>Ended as asked.</summary>
    public const int Success = 0;

    /// <summary>Ended by a fault while running; the log says which.</summary>
    public const int Failure = 1;

    /// <summary>Could not start as it is set up; one line on standard error says what to do.</summary>
    public const int CannotStart = 2;
}
