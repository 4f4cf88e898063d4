using Microsoft.Extensions.Time.Testing;
using Telematics.Messaging;
using Telematics.RocketMQ;
using Telematics.Tests.RocketMQ.Administration;
using Xunit;

namespace Telematics.Tests.RocketMQ;

public sealed class OpenClusterTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_only_broker_is_used_and_the_cluster_gives_the_identity()
    {
        await using var bench = new AdministrationBench().WithBrokers("broker-a");
        var cluster = await OpenCluster.FindAsync(bench.Context, Cancellation);
        Assert.Equal("rocketmq/c", cluster.Identity);
        Assert.Equal(["broker-a"], cluster.Brokers);
        Assert.StartsWith("SEND_OK of broker-a: ASYNC_FLUSH, ASYNC_MASTER", cluster.Durability, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_several_brokers_the_settings_have_to_say_which()
    {
        await using var bench = new AdministrationBench().WithBrokers("a", "b");
        var fault = await Assert.ThrowsAsync<MessageLogException>(() => OpenCluster.FindAsync(bench.Context, Cancellation));
        Assert.Contains("a, b", fault.Message, StringComparison.Ordinal);
        Assert.Contains("Telematics:Messaging:RocketMQ:Brokers", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Configured_brokers_keep_their_order_also_when_one_is_away()
    {
        await using var bench = new AdministrationBench(options => options.Brokers = "c; a").WithBrokers("a", "b");
        Assert.Equal(["c", "a"], (await OpenCluster.FindAsync(bench.Context, Cancellation)).Brokers);
    }

    [Fact]
    public async Task Brokers_of_several_clusters_need_a_lasting_name()
    {
        await using var bench = new AdministrationBench(options => options.Brokers = "a;b").WithBrokers("a").WithBrokerOf("d", "b");
        var fault = await Assert.ThrowsAsync<MessageLogException>(() => OpenCluster.FindAsync(bench.Context, Cancellation));
        Assert.Contains("Identity", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_set_identity_stays_whatever_the_cluster_is_called()
    {
        await using var bench = new AdministrationBench(options => options.Identity = "mine").WithBrokers("a");
        Assert.Equal("mine", (await OpenCluster.FindAsync(bench.Context, Cancellation)).Identity);
    }

    [Fact]
    public async Task A_broker_that_registers_a_little_later_is_waited_for()
    {
        await using var bench = new AdministrationBench();
        var finding = OpenCluster.FindAsync(bench.Context, Cancellation);
        while (bench.Peer.Received.Count == 0)
        {
            await Task.Delay(10, Cancellation);
        }

        bench.WithBrokers("late");
        Assert.Equal(["late"], (await finding.WaitAsync(TimeSpan.FromSeconds(30), Cancellation)).Brokers);
    }

    [Fact]
    public async Task A_cluster_that_is_away_for_long_is_waited_for()
    {
        var time = new FakeTimeProvider();
        await using var bench = new AdministrationBench(time: time);
        var finding = OpenCluster.FindAsync(bench.Context, Cancellation);
        for (var minutes = 0; minutes < 10; minutes++)
        {
            var asked = bench.Peer.Received.Count;
            while (bench.Peer.Received.Count == asked)
            {
                time.Advance(TimeSpan.FromSeconds(1));
                await Task.Delay(5, Cancellation);
            }

            time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.False(finding.IsCompleted);
        bench.WithBrokers("late");
        while (!finding.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(5, Cancellation);
        }

        Assert.Equal(["late"], (await finding).Brokers);
    }

    [Theory]
    [InlineData("nowhere", "", "", "", "'nowhere' is no host:port")]
    [InlineData("", "", "", "", "NameServers")]
    [InlineData("h:1", "a;b;a", "", "", "'a' is named 2 times")]
    [InlineData("h:1", "", "user", "", "go together")]
    [InlineData("h:1", "", "", "secret", "go together")]
    public void Settings_that_cannot_work_are_refused(string nameServers, string brokers, string accessKey, string secretKey, string message)
    {
        var options = new RocketMQOptions { NameServers = nameServers, Brokers = brokers, AccessKey = accessKey, SecretKey = secretKey };
        string[] failures = [.. new RocketMQOptionsValidator().Validate(null, options).Failures ?? [], .. new RocketMQAddressValidator().Validate(null, options).Failures ?? []];
        Assert.Contains(failures, failure => failure.Contains(message, StringComparison.Ordinal));
    }
}
