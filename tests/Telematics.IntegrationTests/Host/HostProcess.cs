using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Telematics.IntegrationTests.Host;

/// <summary>The Host as a real process on free ports and a temporary data folder, to be killed and started again.</summary>
internal sealed class HostProcess : IAsyncDisposable
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "Telematics.Host.dll");
    private readonly StringBuilder _output = new();
    private readonly string[] _settings;
    private Process? _process;

    public HostProcess(params string[] settings)
    {
        _settings = settings;
        DataDirectory = Directory.CreateTempSubdirectory("telematics-host-").FullName;
        HttpPort = FreePort();
        MqttPort = FreePort();
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{HttpPort}/"), Timeout = TimeSpan.FromSeconds(20) };
    }

    /// <summary>A database that is the host's alone, and ends with it.</summary>
    public IAsyncDisposable? Database { get; init; }

    /// <summary>How long a start may take.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Variables of its environment, beside those of the test.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    public string DataDirectory { get; }

    public int HttpPort { get; }

    public int MqttPort { get; }

    public HttpClient Http { get; }

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

    public bool IsRunning => _process is { HasExited: false };

    public int ProcessId => _process?.Id ?? throw new InvalidOperationException("Not started.");

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Starts the process with exactly these arguments, without waiting for anything.</summary>
    public void Launch(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = DataDirectory,
        };
        start.Environment["DOTNET_TieredPGO"] = "0"; // many short lives on few cores: measuring for better code later costs more than it brings
        foreach (var (name, value) in Environment)
        {
            start.Environment[name] = value;
        }

        start.ArgumentList.Add(Program);
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Starts the server and waits until it says that it is ready.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Launch(["--data", DataDirectory, $"--Telematics:Http:Port={HttpPort}", $"--Telematics:Gateway:Port={MqttPort}", .. _settings]);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        while (true)
        {
            if (_process!.HasExited)
            {
                throw new InvalidOperationException($"The host ended with exit code {_process.ExitCode}:\n{Output}");
            }

            try
            {
                using var answer = await Http.GetAsync(new Uri("health/ready", UriKind.Relative), limit.Token);
                if (answer.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException($"The host was not ready within {Patience.TotalSeconds} s:\n{Output}");
            }

            await Task.Delay(100, limit.Token);
        }
    }

    /// <summary>SIGKILL: the process gets no chance to write anything.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGINT, as Ctrl+C sends it; answers the exit code.</summary>
    public async Task<int> InterruptAsync(CancellationToken cancellationToken)
    {
        using var kill = Process.Start("kill", ["-INT", ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(cancellationToken);
        return await WaitForExitAsync(cancellationToken);
    }

    public async Task<int> WaitForExitAsync(CancellationToken cancellationToken)
    {
        await _process!.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            await KillAsync();
        }

        _process?.Dispose();
        Http.Dispose();
        Directory.Delete(DataDirectory, recursive: true);
        if (Database is not null)
        {
            await Database.DisposeAsync();
        }
    }

    private void Keep(string? line)
    {
        if (line is not null)
        {
            lock (_output)
            {
                _output.AppendLine(line);
            }
        }
    }
}
