using Xunit;

namespace Telematics.IntegrationTests.RocketMQ;

/// <summary>The servers that the other tests use are what they say.</summary>
public sealed class RocketMQServersTests
{
    [Fact]
    public async Task The_shared_cluster_has_one_broker_and_takes_topics()
    {
        var cluster = await RocketMQServers.GetAsync();
        await cluster.CreateTopicAsync("servers-tests", 3);
        var route = await cluster.AdminAsync(["topicRoute", "-t", "servers-tests"]);
        Assert.Contains("\"writeQueueNums\":3", route, StringComparison.Ordinal);
        Assert.Contains("broker-a", route, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_that_fails_fails_the_test()
    {
        var cluster = await RocketMQServers.GetAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => cluster.AdminAsync(["topicRoute", "-t", "nowhere"]));
    }
}
