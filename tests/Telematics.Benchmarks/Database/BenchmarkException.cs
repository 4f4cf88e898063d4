namespace Telematics.Benchmarks.Database;

/// <summary>A measurement cannot be made; the message is one line for the user.</summary>
internal sealed class BenchmarkException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Runs a command; its failure is one line and exit code 1.</summary>
    public static async Task<int> ReportAsync(Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (BenchmarkException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return 1;
        }
    }
}
