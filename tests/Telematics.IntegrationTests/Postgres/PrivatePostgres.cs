using System.Diagnostics;
using Telematics.IntegrationTests.Host;
using Xunit;

namespace Telematics.IntegrationTests.Postgres;

/// <summary>
/// A PostgreSQL server of the test's own, to be killed: from the programs that <c>TELEMATICS_TEST_POSTGRES_BIN</c> names,
/// else the test is skipped.
/// </summary>
internal sealed class PrivatePostgres : IAsyncDisposable
{
    private readonly string _bin;
    private readonly string _directory;
    private readonly int _port = HostProcess.FreePort();

    private PrivatePostgres(string bin, string directory)
    {
        _bin = bin;
        _directory = directory;
    }

    /// <summary>To its database <c>postgres</c>.</summary>
    public string ConnectionString => $"Host=127.0.0.1;Port={_port};Username=postgres;Database=postgres";

    /// <summary>Makes and starts a server.</summary>
    public static async Task<PrivatePostgres> StartNewAsync()
    {
        var bin = Environment.GetEnvironmentVariable("TELEMATICS_TEST_POSTGRES_BIN");
        if (string.IsNullOrEmpty(bin))
        {
            const string missing = "TELEMATICS_TEST_POSTGRES_BIN does not name the folder of initdb and pg_ctl.";
            Assert.False(PostgresServers.IsRequired(PostgresKind.Plain), missing);
            Assert.Skip(missing);
        }

        var directory = Directory.CreateTempSubdirectory("telematics-postgres-").FullName;
        var server = new PrivatePostgres(bin!, directory);
        if (Environment.UserName == "root")
        {
            await RunAsync("chown", "postgres:postgres", directory);
        }

        await server.RunAsPostgresAsync("initdb", "-D", $"{directory}/data", "-U", "postgres", "-A", "trust", "--locale=C.UTF-8");
        await server.StartAsync();
        return server;
    }

    /// <summary>Starts it, after <see cref="KillAsync"/> too: it recovers by its log.</summary>
    public Task StartAsync() =>
        RunAsPostgresAsync("pg_ctl", "-D", $"{_directory}/data", "-l", $"{_directory}/log", "-w", "-t", "60", "-o", $"-p {_port} -k {_directory} -c listen_addresses=127.0.0.1 -c fsync=off", "start");

    /// <summary>SIGKILL to the server and all its processes at once.</summary>
    public async Task KillAsync()
    {
        var postmaster = (await File.ReadAllLinesAsync($"{_directory}/data/postmaster.pid"))[0].Trim();
        await RunAsync("sh", "-c", $"pids=$(pgrep -P {postmaster}); kill -STOP {postmaster}; kill -KILL $pids {postmaster}; while kill -0 {postmaster} 2>/dev/null; do sleep 0.05; done");
        File.Delete($"{_directory}/data/postmaster.pid");
    }

    public async ValueTask DisposeAsync()
    {
        if (File.Exists($"{_directory}/data/postmaster.pid"))
        {
            await RunAsPostgresAsync("pg_ctl", "-D", $"{_directory}/data", "-m", "immediate", "stop");
        }

        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>The server refuses to run as root.</summary>
    private Task RunAsPostgresAsync(string program, params string[] arguments) => Environment.UserName == "root"
        ? RunAsync("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", $"{_bin}/{program}", .. arguments])
        : RunAsync($"{_bin}/{program}", arguments);

    private static async Task RunAsync(string program, params string[] arguments)
    {
        // Without a pipe: the server inherits it from pg_ctl and would keep it open.
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = "/" })!;
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with exit code {process.ExitCode}.");
    }
}
