using System.Globalization;
using Npgsql;
using Telematics.IntegrationTests.Host;
using Telematics.IntegrationTests.Postgres;
using Xunit;

namespace Telematics.IntegrationTests.RocketMQ;

/// <summary>A RocketMQ and a PostgreSQL database of the test's own, and Host processes by role on both.</summary>
internal sealed class DistributedSystem : IAsyncDisposable
{
    /// <summary>The collection of all test classes that use it: each takes the whole machine.</summary>
    public const string OneAtATime = "distributed";

    private readonly List<HostProcess> _processes = [];
    private readonly PostgresTestDatabase _database;
    private int _started;

    private DistributedSystem(PrivateRocketMQ rocketMQ, PostgresTestDatabase database)
    {
        RocketMQ = rocketMQ;
        _database = database;
    }

    /// <summary>The log's servers.</summary>
    public PrivateRocketMQ RocketMQ { get; }

    /// <summary>All processes, ended ones too.</summary>
    public IReadOnlyList<HostProcess> Processes => _processes;

    /// <summary>Empty servers, no process yet.</summary>
    public static async Task<DistributedSystem> CreateAsync(PrivateRocketMQOptions? options = null)
    {
        // First what skips the test.
        var database = await PostgresTestDatabase.CreateEmptyAsync(PostgresKind.Plain);
        try
        {
            return new DistributedSystem(await PrivateRocketMQ.StartNewAsync(options), database);
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    /// <summary>A process, not started, with these roles.</summary>
    public HostProcess Add(string roles, params string[] settings)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{roles} {++_started}");
        var process = new HostProcess(
        [
            $"--Telematics:Roles={roles}",
            "--Telematics:Messaging:Provider=RocketMQ",
            $"--Telematics:Messaging:RocketMQ:NameServers={RocketMQ.Cluster.NameServers}",
            $"--Telematics:Messaging:RocketMQ:Brokers={string.Join(';', RocketMQ.Brokers.Select(broker => broker.Name))}",
            "--Telematics:Messaging:RocketMQ:QueuesPerBroker=4",
            "--Telematics:Messaging:RocketMQ:CreateTopics=true",
            $"--ConnectionStrings:Telematics={_database.ConnectionString};Application Name={name}",
            .. settings,
        ])
        {
            // Many start at once, on whatever machine this is.
            Patience = TimeSpan.FromMinutes(3),
        };
        _processes.Add(process);
        return process;
    }

    /// <summary>Starts processes at the same moment, as an orchestrator does.</summary>
    public static Task StartAsync(params HostProcess[] processes) => Task.WhenAll(processes.Select(process => process.StartAsync(TestContext.Current.CancellationToken)));

    /// <summary>How many connections to the database a process has now.</summary>
    public async Task<long> CountConnectionsAsync(HostProcess process)
    {
        var roles = string.Create(CultureInfo.InvariantCulture, $"{_processes.IndexOf(process) + 1}");
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_database.ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var count = connection.CreateCommand();
        count.CommandText = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE '% ' || @number";
        count.Parameters.AddWithValue("number", roles);
        return (long)(await count.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_processes.Select(process => process.DisposeAsync().AsTask()));
        await RocketMQ.DisposeAsync();
        await _database.DisposeAsync();
    }
}
