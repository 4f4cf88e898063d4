using System.Globalization;
using System.Runtime.InteropServices;

namespace Telematics.IntegrationTests.Host;

/// <summary>Which descriptor table a process's threads have.</summary>
internal static class ThreadTables
{
    private const int Files = 2; // KCMP_FILES, linux/kcmp.h

    private static readonly long Kcmp = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 272 : 312;

    /// <summary>
    /// Threads that have not the first thread's table though they are none of the gateway's loops: born of a loop, they
    /// would use strangers' descriptors. Null where the system does not tell.
    /// </summary>
    public static IReadOnlyList<string>? FindStray(int processId)
    {
        var stray = new List<string>();
        foreach (var task in Directory.GetDirectories($"/proc/{processId}/task"))
        {
            string name;
            try
            {
                name = File.ReadAllText(Path.Combine(task, "comm")).Trim();
            }
            catch (IOException)
            {
                continue; // it has ended
            }

            var result = syscall(Kcmp, processId, int.Parse(Path.GetFileName(task), CultureInfo.InvariantCulture), Files, 0, 0);
            if (result < 0 && Marshal.GetLastPInvokeError() is 1 or 38) // EPERM, ENOSYS
            {
                return null;
            }

            if (result > 0 && !name.StartsWith("mqtt-loop-", StringComparison.Ordinal))
            {
                stray.Add($"{name} ({Path.GetFileName(task)})");
            }
        }

        return stray;
    }

#pragma warning disable IDE1006, SYSLIB1054 // The system's name; this project has no unsafe code to generate.
    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern long syscall(long number, int one, int other, int type, nuint index1, nuint index2);
#pragma warning restore IDE1006, SYSLIB1054
}
