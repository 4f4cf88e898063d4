using Telematics.Contracts;

namespace Telematics.Simulator.CommandLine;

/// <summary>What a command cannot start for: said on standard error, exit code 2.</summary>
internal static class CommandFault
{
    private const int ExitCode = 2;
    private const int UnfinishedExitCode = 1;

    /// <summary>Says what is wrong.</summary>
    public static int Refuse(IEnumerable<string> faults)
    {
        foreach (var fault in faults)
        {
            Console.Error.WriteLine($"simulator: {fault}");
        }

        return ExitCode;
    }

    /// <summary>Runs a command; a start that is refused becomes its text.</summary>
    public static async Task<int> CatchAsync(Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (StartupException e)
        {
            return Refuse([e.Message]);
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("simulator: ended before there was a result");
            return UnfinishedExitCode;
        }
    }
}
