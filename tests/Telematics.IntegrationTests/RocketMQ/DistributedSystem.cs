using System.Globalization;
using Npgsql;
using Telematics.IntegrationTests.Host;
using Telematics.IntegrationTests.Postgres;
using Telematics.Messaging;
using Xunit;

namespace Telematics.IntegrationTests.RocketMQ;

/// <summary>
/// Two gateways, two ingest workers, two api and one commands process, started together on an empty RocketMQ of two brokers and
/// an empty PostgreSQL database, for all tests of the collection: their cars have other names, and what one has killed is
/// started again for the next. They take the whole machine, so that nothing else of this assembly runs meanwhile.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class DistributedSystem : IAsyncDisposable, ICollectionFixture<DistributedSystem>
{
    /// <summary>The collection's name.</summary>
    public const string Name = "distributed";

    private const int QueuesPerBroker = 4;

    private readonly Lazy<Task> _start;
    private readonly List<HostProcess> _added = [];
    private IReadOnlyList<MessageQueue> _queues = [];
    private PostgresTestDatabase? _database;
    private PrivateRocketMQ? _rocketMQ;

    public DistributedSystem() => _start = new Lazy<Task>(StartAllAsync);

    /// <summary>The log's servers.</summary>
    internal PrivateRocketMQ RocketMQ => _rocketMQ!;

    internal IReadOnlyList<HostProcess> Gateways { get; private set; } = [];

    internal IReadOnlyList<HostProcess> Apis { get; private set; } = [];

    internal IReadOnlyList<HostProcess> Ingests { get; private set; } = [];

    /// <summary>Those that all tests share.</summary>
    internal IReadOnlyList<HostProcess> Processes { get; private set; } = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Brokers => string.Join(';', RocketMQ.Brokers.Select(broker => broker.Name));

    /// <summary>Starts what is not running; skips the test where a server is missing.</summary>
    internal async Task StartAsync()
    {
        await _start.Value;
        foreach (var server in RocketMQ.NameServers.Concat(RocketMQ.Brokers).Where(server => !server.IsRunning))
        {
            await server.StartAsync();
        }

        await RocketMQ.WaitForBrokersAsync();
        await Task.WhenAll(Processes.Where(process => !process.IsRunning).Select(process => process.StartAsync(Cancel)));
    }

    /// <summary>A process, not started; a test's own is the test's to dispose of.</summary>
    internal HostProcess Add(string roles, params string[] settings)
    {
        var process = new HostProcess(
        [
            $"--Telematics:Roles={roles}",
            "--Telematics:Messaging:Provider=RocketMQ",
            $"--Telematics:Messaging:RocketMQ:NameServers={RocketMQ.Cluster.NameServers}",
            $"--Telematics:Messaging:RocketMQ:Brokers={Brokers}",
            string.Create(CultureInfo.InvariantCulture, $"--Telematics:Messaging:RocketMQ:QueuesPerBroker={QueuesPerBroker}"),
            "--Telematics:Messaging:RocketMQ:CreateTopics=true",
            $"--ConnectionStrings:Telematics={_database!.ConnectionString};Application Name={NameOf(_added.Count)}",
            .. settings,
        ])
        {
            // Many start at once, on whatever machine this is.
            Patience = TimeSpan.FromMinutes(3),
        };
        _added.Add(process);
        return process;
    }

    /// <summary>The same log as the processes', in this one.</summary>
    internal async Task<RunningLog> OpenLogAsync()
    {
        var running = await RunningLog.OpenAsync(RocketMQ.Cluster, options => (options.Brokers, options.QueuesPerBroker) = (Brokers, QueuesPerBroker), cancellationToken: Cancel);
        await running.Log.DeclareTopicAsync(new TopicDeclaration("telemetry"), Cancel);
        return running;
    }

    /// <summary>Where a car's messages are.</summary>
    internal string BrokerOf(string car) => _queues[QueueSelector.Select(System.Text.Encoding.UTF8.GetBytes(car), _queues.Count)].Broker;

    /// <summary>How many connections to the database a process has now.</summary>
    internal async Task<long> CountConnectionsAsync(HostProcess process)
    {
        await using var connection = await ConnectAsync();
        await using var count = connection.CreateCommand();
        count.CommandText = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = @name";
        count.Parameters.AddWithValue("name", NameOf(_added.IndexOf(process)));
        return (long)(await count.ExecuteScalarAsync(Cancel))!;
    }

    /// <summary>The stored rows of each car whose id begins so, and how many different device times they have.</summary>
    internal async Task<IReadOnlyDictionary<string, (long Rows, long Reports)>> CountTelemetryAsync(string prefix)
    {
        await using var connection = await ConnectAsync();
        await using var count = connection.CreateCommand();
        count.CommandText = "SELECT vehicle_id, count(*), count(DISTINCT time) FROM telemetry JOIN vehicle ON id = vehicle_key WHERE starts_with(vehicle_id, @prefix) GROUP BY vehicle_id";
        count.Parameters.AddWithValue("prefix", prefix);
        await using var reader = await count.ExecuteReaderAsync(Cancel);
        var cars = new Dictionary<string, (long, long)>();
        while (await reader.ReadAsync(Cancel))
        {
            cars.Add(reader.GetString(0), (reader.GetInt64(1), reader.GetInt64(2)));
        }

        return cars;
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Processes.Select(process => process.DisposeAsync().AsTask()));
        if (_rocketMQ is not null)
        {
            await _rocketMQ.DisposeAsync();
        }

        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }

    private static string NameOf(int process) => string.Create(CultureInfo.InvariantCulture, $"process {process}");

    private async Task StartAllAsync()
    {
        // First what skips the test.
        _database = await PostgresTestDatabase.CreateEmptyAsync(PostgresKind.Plain);
        _rocketMQ = await PrivateRocketMQ.StartNewAsync(new PrivateRocketMQOptions { Brokers = 2 });
        string[] settings = ["--Telematics:Gateway:Topics:chat=Exchange", "--Telematics:Gateway:Topics:notice=Downlink", "--Telematics:Gateway:ReceiveMaximum=1024"];
        Gateways = [Add("gateway", settings), Add("gateway", settings)];
        Apis = [Add("api"), Add("api")];
        Ingests = [Add("ingest"), Add("ingest")];
        Processes = [.. Gateways, .. Apis, .. Ingests, Add("commands")];

        // At the same moment, as an orchestrator does.
        await Task.WhenAll(Processes.Select(process => process.StartAsync(Cancel)));
        await using var running = await OpenLogAsync();
        _queues = running.Log.GetQueues("telemetry");
    }

    private async Task<NpgsqlConnection> ConnectAsync()
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_database!.ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(Cancel);
        return connection;
    }
}
