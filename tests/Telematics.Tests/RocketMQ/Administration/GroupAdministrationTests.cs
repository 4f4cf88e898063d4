using System.Text;
using Telematics.Messaging;
using Telematics.RocketMQ.Administration;
using Telematics.RocketMQ.Remoting;
using Xunit;

namespace Telematics.Tests.RocketMQ.Administration;

public sealed class GroupAdministrationTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_group_that_can_pull_is_left_alone()
    {
        await using var bench = await OpenAsync(ResponseCode.PullNotFound, createTopics: true);
        await EnsureAsync(bench);
        var pull = Assert.Single(bench.Peer.Received, request => request.Request == RequestCode.PullMessage);
        Assert.Equal(("g", "t", "4"), (pull["consumerGroup"], pull["topic"], pull["sysFlag"]));
        Assert.DoesNotContain(bench.Peer.Received, request => request.Request == RequestCode.UpdateAndCreateGroup);
    }

    [Fact]
    public async Task A_missing_group_is_made()
    {
        await using var bench = await OpenAsync(ResponseCode.GroupNotExist, createTopics: true);
        await EnsureAsync(bench);
        Assert.Equal("""{"groupName":"g"}""", Encoding.UTF8.GetString(Assert.Single(bench.Peer.Received, request => request.Request == RequestCode.UpdateAndCreateGroup).Body));
    }

    [Fact]
    public async Task Where_groups_may_not_be_made_the_error_is_the_command_that_makes_it()
    {
        await using var bench = await OpenAsync(ResponseCode.GroupNotExist, createTopics: false);
        var fault = await Assert.ThrowsAsync<MessageLogException>(() => EnsureAsync(bench));
        Assert.Contains($"mqadmin updateSubGroup -b {bench.Peer.Address} -g g -n '{bench.Peer.Address}'", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_group_without_the_right_to_read_is_an_error_that_names_what_is_needed()
    {
        await using var bench = await OpenAsync(ResponseCode.NoPermission, createTopics: true);
        var fault = await Assert.ThrowsAsync<MessageLogException>(() => EnsureAsync(bench));
        Assert.Contains("Sub on the topic and on the group", fault.Message, StringComparison.Ordinal);
    }

    private static async Task<AdministrationBench> OpenAsync(ResponseCode answer, bool createTopics)
    {
        var bench = new AdministrationBench(options => options.CreateTopics = createTopics).WithBrokers("a").WithTopic("t", "a", 2);
        bench.Peer.On(RequestCode.PullMessage, _ => new(answer)).On(RequestCode.UpdateAndCreateGroup, _ => FakeAnswer.Success);
        await bench.Harness.Routes.GetAsync("t", Cancellation);
        return bench;
    }

    private static Task EnsureAsync(AdministrationBench bench) =>
        new GroupAdministration(bench.Context).EnsureAsync("g", [new MessageQueue("t", "a", 0, 0), new MessageQueue("t", "a", 1, 1), new MessageQueue("t", "away", 0, 2)], Cancellation);
}
