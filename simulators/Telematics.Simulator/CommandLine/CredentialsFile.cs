using Telematics.Contracts;

namespace Telematics.Simulator.CommandLine;

/// <summary>A file of lines <c>vehicleId,secret</c>; empty lines and lines that begin with <c>#</c> are skipped.</summary>
internal static class CredentialsFile
{
    /// <exception cref="StartupException">The file cannot be read, or a line is wrong.</exception>
    public static Dictionary<string, string> Read(string path)
    {
        var secrets = new Dictionary<string, string>(StringComparer.Ordinal);
        var number = 0;
        try
        {
            foreach (var line in File.ReadLines(path))
            {
                number++;
                if (string.IsNullOrWhiteSpace(line) || line.StartsWith('#'))
                {
                    continue;
                }

                if (line.Split(',', 2, StringSplitOptions.TrimEntries) is not [var vehicle, { Length: > 0 } secret] || !VehicleId.IsValid(vehicle))
                {
                    throw new StartupException($"{path} line {number}: expected vehicleId,secret");
                }

                secrets[vehicle] = secret;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"credentials cannot be read: {e.Message}", e);
        }

        return secrets;
    }
}
