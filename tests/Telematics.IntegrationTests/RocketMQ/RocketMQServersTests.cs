using System.Net.Sockets;
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
    public async Task A_killed_broker_comes_back_with_what_it_had_stored()
    {
        await using var rocketMQ = await PrivateRocketMQ.StartNewAsync(new PrivateRocketMQOptions { Brokers = 2 });
        await rocketMQ.Cluster.CreateTopicAsync("kept", 1);
        await rocketMQ.Cluster.AdminAsync(["sendMessage", "-t", "kept", "-p", "one", "-b", "broker-b", "-i", "0"]);

        await rocketMQ.Brokers[1].KillAsync();
        using (var connection = new TcpClient())
        {
            await Assert.ThrowsAsync<SocketException>(() => connection.ConnectAsync("127.0.0.1", rocketMQ.Brokers[1].Port));
        }

        await rocketMQ.Brokers[1].StartAsync();
        var status = await rocketMQ.Cluster.AdminAsync(["topicStatus", "-t", "kept"]);
        Assert.Matches(@"broker-b\s+0\s+0\s+1\s", status);
        Assert.Matches(@"broker-a\s+0\s+0\s+0\s", status);
    }

    [Fact]
    public async Task With_tls_enforced_and_client_certificates_required_the_tool_still_reaches_it_and_plain_text_does_not()
    {
        await using var rocketMQ = await PrivateRocketMQ.StartNewAsync(new PrivateRocketMQOptions { TlsEnforced = true, ClientCertificateRequired = true });
        await rocketMQ.Cluster.CreateTopicAsync("secret", 1);
        Assert.Contains("broker-a", await rocketMQ.Cluster.AdminAsync(["topicRoute", "-t", "secret"]), StringComparison.Ordinal);

        using var connection = new TcpClient();
        await connection.ConnectAsync("127.0.0.1", rocketMQ.NameServers[0].Port, TestContext.Current.CancellationToken);
        var stream = connection.GetStream();
        // 106 in plain text: the connection is closed instead of an answer.
        await stream.WriteAsync(Convert.FromHexString("00000046000000427b22636f6465223a3130362c226c616e6775616765223a22444f544e4554222c2276657273696f6e223a3439332c226f7061717565223a352c22666c6167223a307d"), TestContext.Current.CancellationToken);
        Assert.Equal(0, await stream.ReadAsync(new byte[1], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task With_access_control_the_tool_has_the_rights_of_the_super_user()
    {
        await using var rocketMQ = await PrivateRocketMQ.StartNewAsync(new PrivateRocketMQOptions { AccessControl = true });
        await rocketMQ.Cluster.CreateTopicAsync("guarded", 1);
        Assert.Contains(PrivateRocketMQ.AdminUser, await rocketMQ.Cluster.AdminAsync(["listUser", "-c", rocketMQ.Cluster.Name]), StringComparison.Ordinal);

        File.WriteAllText(Path.Combine(rocketMQ.Folder, "conf", "tools.yml"), "accessKey: admin\nsecretKey: wrong\n");
        await Assert.ThrowsAnyAsync<Exception>(() => rocketMQ.Cluster.CreateTopicAsync("guarded", 2));
    }
}
