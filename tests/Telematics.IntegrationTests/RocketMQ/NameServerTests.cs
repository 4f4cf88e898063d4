using Telematics.Messaging;
using Telematics.Tests.Messaging;
using Xunit;

namespace Telematics.IntegrationTests.RocketMQ;

/// <summary>Name servers that are killed.</summary>
public sealed class NameServerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_of_two_is_enough_without_any_what_is_known_goes_on_and_all_is_well_when_one_is_back()
    {
        using var killable = await KillableRocketMQ.RentAsync();
        var servers = killable.Servers;
        await using var running = await RunningLog.OpenAsync(servers.Cluster, cancellationToken: Cancellation);
        var log = running.Log;
        await log.DeclareTopicAsync(new TopicDeclaration("first", 2), Cancellation);
        await AppendAsync("first", 0);

        await servers.NameServers[0].KillAsync();
        await log.DeclareTopicAsync(new TopicDeclaration("second", 2), Cancellation);
        await AppendAsync("first", 1);
        await AppendAsync("second", 0);

        await servers.NameServers[1].KillAsync();
        await AppendAsync("first", 2);
        await AppendAsync("second", 1);
        await Assert.ThrowsAsync<MessageLogException>(async () => await log.DeclareTopicAsync(new TopicDeclaration("third", 2), Cancellation));

        await servers.NameServers[0].StartAsync();
        await DeclareWhenItIsBackAsync("third");
        await AppendAsync("third", 0);
        await AppendAsync("first", 3);
        Assert.Equal(["0", "1", "2", "3"], (await log.ReadTopicAsync("first", Cancellation)).Select(message => message.Body));

        async Task AppendAsync(string topic, int number)
        {
            Assert.Equal(AppendStatus.Stored, (await log.GetProducer(topic).AppendAsync("k", $"{number}", Cancellation)).Status);
            Assert.Equal(number + 1, (await log.ReadTopicAsync(topic, Cancellation)).Count);
        }

        async Task DeclareWhenItIsBackAsync(string topic)
        {
            // The broker says where it is within its interval of registration.
            for (var attempt = 0; ; attempt++)
            {
                try
                {
                    await log.DeclareTopicAsync(new TopicDeclaration(topic, 2), Cancellation);
                    return;
                }
                catch (MessageLogException) when (attempt < 60)
                {
                    await Task.Delay(1000, Cancellation);
                }
            }
        }
    }
}
