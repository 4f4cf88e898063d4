using System.Diagnostics;
using Telematics.Benchmarks.Database;

namespace Telematics.Benchmarks.RocketMQ;

/// <summary>A few lines of Java against RocketMQ's own client, compiled into a folder that is gone afterwards.</summary>
internal sealed class JavaProgram : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("telematics-java-").FullName;
    private readonly string _lib;
    private readonly string _name;

    private JavaProgram(string lib, string name)
    {
        _lib = Path.Combine(lib, "*");
        _name = name;
    }

    /// <param name="lib">RocketMQ's lib folder.</param>
    /// <param name="name">The public class with <c>main</c>.</param>
    /// <param name="source">Its source.</param>
    /// <param name="cancellationToken">Ends the wait for the compiler.</param>
    public static async Task<JavaProgram> CompileAsync(string lib, string name, string source, CancellationToken cancellationToken)
    {
        var program = new JavaProgram(lib, name);
        try
        {
            var file = Path.Combine(program._folder, $"{name}.java");
            await File.WriteAllTextAsync(file, source, cancellationToken);
            using var compiler = Process.Start(new ProcessStartInfo("javac", ["-cp", program._lib, "-d", program._folder, file]) { RedirectStandardError = true })!;
            var errors = await compiler.StandardError.ReadToEndAsync(cancellationToken);
            await compiler.WaitForExitAsync(cancellationToken);
            return compiler.ExitCode == 0 ? program : throw new BenchmarkException($"javac failed:\n{errors}");
        }
        catch
        {
            program.Dispose();
            throw;
        }
    }

    /// <summary>Starts it; its input and output are the caller's.</summary>
    public Process Start(params IEnumerable<string> arguments) =>
        Process.Start(new ProcessStartInfo("java", ["-Xmx1g", $"-Duser.home={_folder}", $"-Djava.io.tmpdir={_folder}", "-cp", $"{_lib}:{_folder}", _name, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
