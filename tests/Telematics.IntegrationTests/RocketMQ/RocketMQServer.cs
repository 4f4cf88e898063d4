using System.Globalization;

namespace Telematics.IntegrationTests.RocketMQ;

/// <summary>A name server or a broker of a private cluster; its port and its store stay when it is started again.</summary>
internal sealed class RocketMQServer(PrivateRocketMQ cluster, string name, int port)
{
    private WatchedProcess? _process;

    /// <summary>As <c>broker-a</c>.</summary>
    public string Name => name;

    /// <summary>Where it listens.</summary>
    public int Port => port;

    /// <summary>Host and port.</summary>
    public string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");

    /// <summary>Whether it was started and not killed since.</summary>
    public bool IsRunning => _process is not null;

    /// <summary>The process while it runs, as for SIGSTOP and SIGCONT.</summary>
    public int ProcessId => _process?.Id ?? throw new InvalidOperationException($"{name} is not running.");

    /// <summary>What it wrote.</summary>
    public string Output => _process?.Output ?? "";

    /// <summary>Starts it, after <see cref="KillAsync"/> too, and waits until it serves (a broker: until it is registered).</summary>
    public async Task StartAsync() => _process = await cluster.LaunchAsync(this);

    /// <summary>SIGKILL; nothing when it is not running.</summary>
    public async Task KillAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            await process.DisposeAsync();
        }
    }
}
