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
    public async Task What_servers_and_tools_put_aside_is_in_folders_that_go_with_them()
    {
        using var killable = await KillableRocketMQ.RentAsync();
        Assert.NotEmpty(Directory.EnumerateFileSystemEntries(Path.Combine(killable.Servers.Folder, "tmp")));
        if (await JavaProgram.TryStartAsync("Put", """public class Put { public static void main(String[] a) throws Exception { System.out.println(java.io.File.createTempFile("put", "")); System.in.read(); } }""") is { } program)
        {
            var file = await program.Process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            Assert.True(File.Exists(file), file);
            await program.DisposeAsync();
            for (var end = Environment.TickCount64 + 20_000; Directory.Exists(Path.GetDirectoryName(file)); await Task.Delay(100, TestContext.Current.CancellationToken))
            {
                Assert.True(Environment.TickCount64 < end, $"{file} is still there.");
            }
        }
    }

    [Fact]
    public async Task A_command_that_fails_fails_the_test()
    {
        var cluster = await RocketMQServers.GetAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => cluster.AdminAsync(["topicRoute", "-t", "nowhere"]));
    }
}
