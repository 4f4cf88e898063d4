using System.Diagnostics;
using System.Text;

namespace Telematics.IntegrationTests.RocketMQ;

/// <summary>A server's process that ends with the tests' process, however that ends: a shell waits for the end of our pipe and kills it.</summary>
internal sealed class WatchedProcess : IAsyncDisposable
{
    // The shell becomes the server, so its id is the server's. SIGINT is ignored by both: Ctrl+C is for the tests.
    private const string Script = """
        trap '' INT
        exec 3<&0
        { cat <&3; kill -KILL $$; sleep 1; kill -0 $PPID || rm -rf "$WATCHED_FOLDER"; } >/dev/null 2>&1 &
        exec "$@" </dev/null 3<&- 2>&1
        """;

    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _readyLine;
    private readonly Process _process;

    private WatchedProcess(Process process, string readyLine)
    {
        _process = process;
        _readyLine = readyLine;
    }

    /// <summary>The server's process id.</summary>
    public int Id => _process.Id;

    /// <summary>What it wrote to standard output and standard error.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>
    /// Starts it and waits until a line of its output contains <paramref name="readyLine"/>; <paramref name="environment"/> holds
    /// variables besides the tests' own, <paramref name="folder"/> what is removed too when the tests' process has ended.
    /// </summary>
    /// <exception cref="InvalidOperationException">It ended, or was not ready within 2 min; with its output.</exception>
    public static async Task<WatchedProcess> StartAsync(
        IReadOnlyDictionary<string, string> environment, string readyLine, string folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo("sh", ["-c", Script, "sh", program, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        start.Environment["WATCHED_FOLDER"] = folder;
        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        var watched = new WatchedProcess(process, readyLine);
        process.OutputDataReceived += (_, line) => watched.Keep(line.Data);
        process.Exited += (_, _) => watched._ready.TrySetException(new InvalidOperationException($"{program} ended:\n{watched.Output}"));
        process.Start();
        process.BeginOutputReadLine();
        try
        {
            await watched._ready.Task.WaitAsync(TimeSpan.FromMinutes(2));
        }
        catch (TimeoutException)
        {
            await watched.KillAsync();
            throw new InvalidOperationException($"{program} was not ready within 2 min:\n{watched.Output}");
        }

        return watched;
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_output)
        {
            _output.AppendLine(line);
        }

        if (line.Contains(_readyLine, StringComparison.Ordinal))
        {
            _ready.TrySetResult();
        }
    }
}
