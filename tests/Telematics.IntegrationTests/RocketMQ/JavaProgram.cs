using System.ComponentModel;
using System.Diagnostics;
using Xunit;

namespace Telematics.IntegrationTests.RocketMQ;

/// <summary>A few lines of Java on RocketMQ's own jars, compiled here, in a process of its own. It reads its input and ends with it, so that it ends with the tests too.</summary>
internal sealed class JavaProgram : IAsyncDisposable
{
    // The shell becomes the program, so its id is the program's; when that has ended, however it did, its folder goes.
    private const string Script = """
        folder=$1; shift
        (trap '' INT; while kill -0 $$; do sleep 1; done; rm -rf "$folder") </dev/null >/dev/null 2>&1 &
        exec java "$@"
        """;

    private JavaProgram(Process process) => Process = process;

    /// <summary>Its input and output are ours.</summary>
    public Process Process { get; }

    /// <summary>Compiles and starts the class of this name; null where there is no JDK, or no folder with the jars.</summary>
    public static async Task<JavaProgram?> TryStartAsync(string name, string source, params string[] arguments)
    {
        if (RocketMQServers.Home is not { } home)
        {
            return null;
        }

        var classPath = Path.Combine(home, "lib", "*");
        var folder = Directory.CreateTempSubdirectory("telematics-java-").FullName;
        var file = Path.Combine(folder, $"{name}.java");
        await File.WriteAllTextAsync(file, source);
        try
        {
            using var compiler = Process.Start(new ProcessStartInfo("javac", ["-J-XX:TieredStopAtLevel=1", "-cp", classPath, "-d", folder, file]) { RedirectStandardError = true })!;
            var errors = await compiler.StandardError.ReadToEndAsync();
            await compiler.WaitForExitAsync();
            Assert.True(compiler.ExitCode == 0, errors);
        }
        catch (Win32Exception)
        {
            Directory.Delete(folder, recursive: true);
            return null;
        }

        string[] command = ["-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", $"-Duser.home={folder}", $"-Djava.io.tmpdir={folder}", "-cp", $"{classPath}:{folder}", name, .. arguments];
        var process = Process.Start(new ProcessStartInfo("sh", ["-c", Script, "sh", folder, .. command])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        return new JavaProgram(process);
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        Process.Kill();
        await Process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!Process.HasExited)
        {
            await KillAsync();
        }

        Process.Dispose();
    }
}
