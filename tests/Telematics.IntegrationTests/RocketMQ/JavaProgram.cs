using System.ComponentModel;
using System.Diagnostics;
using Xunit;

namespace Telematics.IntegrationTests.RocketMQ;

/// <summary>A few lines of Java on RocketMQ's own jars, compiled here, in a process of its own. It reads its input and ends with it, so that it ends with the tests too.</summary>
internal sealed class JavaProgram : IAsyncDisposable
{
    private readonly string _folder;

    private JavaProgram(Process process, string folder)
    {
        Process = process;
        _folder = folder;
    }

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

        var process = Process.Start(new ProcessStartInfo("java", ["-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", $"-Duser.home={folder}", "-cp", $"{classPath}:{folder}", name, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        return new JavaProgram(process, folder);
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
        Directory.Delete(_folder, recursive: true);
    }
}
