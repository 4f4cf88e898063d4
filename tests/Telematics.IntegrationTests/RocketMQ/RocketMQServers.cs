using DotNet.Testcontainers.Builders;
using Xunit;

namespace Telematics.IntegrationTests.RocketMQ;

/// <summary>
/// The real RocketMQ that the tests of a run share: started from the folder that <c>TELEMATICS_TEST_ROCKETMQ_HOME</c> names, else
/// by Testcontainers where a Docker engine answers, else the test is skipped with the reason; it fails instead when
/// <c>TELEMATICS_TEST_REQUIRED</c> names <c>rocketmq</c>. It ends with the process, and what is kept in it does too. Tests keep
/// apart by names of topics and groups of their own.
/// </summary>
internal static class RocketMQServers
{
    private static readonly Lazy<Task<(RocketMQCluster? Cluster, string? Missing)>> Shared = new(FindAsync);

    private static readonly Lazy<Task<PrivateRocketMQ>> Tight = new(() => PrivateRocketMQ.StartNewAsync(new PrivateRocketMQOptions
    {
        BrokerSettings = new Dictionary<string, string>
        {
            ["maxMessageSize"] = "100000",
            ["mappedFileSizeCommitLog"] = $"{1 << 20}",
            ["mappedFileSizeConsumeQueue"] = "2000",
            ["deleteWhen"] = string.Join(';', Enumerable.Range(0, 24).Select(hour => $"{hour:D2}")),
            ["fileReservedTime"] = "0",
            ["deleteCommitLogFilesInterval"] = "10",
            ["deleteConsumeQueueFilesInterval"] = "10",
            ["cleanResourceInterval"] = "1000",
        },
    }));

    /// <summary>The folder with <c>bin/mqnamesrv</c>, <c>bin/mqbroker</c> and <c>bin/mqadmin</c>; null when the variable is not set.</summary>
    public static string? Home => Environment.GetEnvironmentVariable("TELEMATICS_TEST_ROCKETMQ_HOME") is { Length: > 0 } home ? home : null;

    /// <summary>Whether tests must run against it.</summary>
    public static bool IsRequired => Environment.GetEnvironmentVariable("TELEMATICS_TEST_REQUIRED")?.Split(' ').Contains("rocketmq") == true;

    /// <summary>The cluster that all tests share; one broker, <c>broker-a</c>.</summary>
    public static async Task<RocketMQCluster> GetAsync()
    {
        var (cluster, missing) = await Shared.Value;
        return cluster ?? throw Skipped(missing!);
    }

    /// <summary>A cluster that takes messages of 100,000 B at most and keeps no file of its store that is not written to.</summary>
    public static async Task<RocketMQCluster> GetTightAsync() => (await Tight.Value).Cluster;

    /// <summary>Skips the test, or fails it when it must run.</summary>
    public static Exception Skipped(string reason)
    {
        Assert.False(IsRequired, reason);
        Assert.Skip(reason);
        throw new InvalidOperationException(reason);
    }

    private static async Task<(RocketMQCluster?, string?)> FindAsync()
    {
        if (Home is not null)
        {
            // Not disposed of: its processes and its folder go with ours.
            return ((await PrivateRocketMQ.StartNewAsync()).Cluster, null);
        }

        try
        {
            return (await StartContainerAsync(), null);
        }
        catch (DockerUnavailableException exception)
        {
            return (null, $"TELEMATICS_TEST_ROCKETMQ_HOME is not set, and no Docker engine answers: {exception.Message.ReplaceLineEndings(" ")}");
        }
    }

    private static async Task<RocketMQCluster> StartContainerAsync()
    {
        // The broker tells its address to clients, so its port must be the same inside and outside.
        var nameServerPort = PrivateRocketMQ.FreePorts(1);
        var brokerPort = PrivateRocketMQ.FreePorts(3) + 2;
        var conf = $"""
            brokerClusterName = DefaultCluster
            brokerName = broker-a
            brokerIP1 = 127.0.0.1
            listenPort = {brokerPort}
            autoCreateTopicEnable = false
            maxTransferCountOnMessageInMemory = 2000
            maxTransferBytesOnMessageInMemory = 4194304
            """;
        var container = new ContainerBuilder("apache/rocketmq:5.5.0")
            .WithPortBinding(nameServerPort, 9876)
            .WithPortBinding(brokerPort, brokerPort)
            .WithEnvironment("JAVA_OPT_EXT", "-Xms256m -Xmx512m")
            .WithEnvironment("BROKER_CONF", conf)
            .WithEntrypoint("sh", "-c", "echo \"$BROKER_CONF\" > /tmp/broker.conf && (sh mqnamesrv & sleep 5; sh mqbroker -n 127.0.0.1:9876 -c /tmp/broker.conf)")
            .WithWaitStrategy(Wait.ForUnixContainer().UntilMessageIsLogged("The broker.* boot success"))
            .Build();
        // Lives until the process ends; Testcontainers' own reaper removes it.
        await container.StartAsync();
        return new RocketMQCluster($"127.0.0.1:{nameServerPort}", "DefaultCluster", async arguments =>
        {
            var answer = await container.ExecAsync(["sh", "mqadmin", .. arguments, "-n", "127.0.0.1:9876"]);
            Assert.True(answer.ExitCode == 0, $"mqadmin {string.Join(' ', arguments)} ended with exit code {answer.ExitCode}:\n{answer.Stdout}{answer.Stderr}");
            return answer.Stdout;
        });
    }
}
