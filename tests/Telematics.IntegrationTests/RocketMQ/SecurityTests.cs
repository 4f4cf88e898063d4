using System.Text;
using Telematics.Messaging;
using Telematics.RocketMQ;
using Telematics.RocketMQ.Producing;
using Telematics.Tests.Messaging;
using Xunit;

namespace Telematics.IntegrationTests.RocketMQ;

/// <summary>Access control and TLS of real servers.</summary>
public sealed class SecurityTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task With_access_control_only_who_signs_and_may_is_served_and_the_others_are_told_why()
    {
        await using var servers = await PrivateRocketMQ.StartNewAsync(new() { AccessControl = true });
        await using (var admin = await RunningLog.OpenAsync(servers.Cluster, As(PrivateRocketMQ.AdminUser, PrivateRocketMQ.AdminSecret), cancellationToken: Cancellation))
        {
            Assert.Contains("ASYNC_FLUSH", admin.Log.DurabilityDescription, StringComparison.Ordinal);
            await AppendAndReadAsync(admin.Log, "t", "by admin");
        }

        await using (var harness = await ProducingHarness.CreateAsync(servers.Cluster, 1, PrivateRocketMQ.AdminUser, PrivateRocketMQ.AdminSecret))
        {
            await harness.Sender.SendAsync(new RocketMQMessage { Topic = harness.Topic, Body = "single"u8.ToArray() }, Cancellation);
            Assert.Equal("single", Assert.Single(await harness.ReadAsync(harness.Queues[0], 1)).Body);
        }

        // Whoever signs wrongly, or not at all, learns it from the first thing that the broker does for it.
        Assert.Contains("signature", await FailToDeclareAsync(As(PrivateRocketMQ.AdminUser, "wrong")), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("username", await FailToDeclareAsync(As("", "")), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("stranger", await FailToDeclareAsync(As("stranger", "secret-of-nobody")), StringComparison.Ordinal);

        await servers.Cluster.AdminAsync(["createUser", "-c", servers.Cluster.Name, "-u", "car", "-p", "secret-of-car", "-t", "Normal"]);
        Assert.Contains("Sub on the topic and on the group", await FailToDeclareAsync(As("car", "secret-of-car")), StringComparison.Ordinal);

        await servers.Cluster.AdminAsync(["createAcl", "-c", servers.Cluster.Name, "-s", "User:car", "-r", "Topic:t,Group:*", "-a", "Sub,Get", "-d", "Allow"]);
        await using var reader = await RunningLog.OpenAsync(servers.Cluster, As("car", "secret-of-car"), cancellationToken: Cancellation);
        await reader.Log.DeclareTopicAsync(new TopicDeclaration("t", 1), Cancellation);
        Assert.Equal("by admin", Assert.Single(await reader.Log.ReadTopicAsync("t", Cancellation)).Body);
        Assert.Contains("Refused", (await Assert.ThrowsAsync<MessageLogException>(() => reader.Log.GetProducer("t").AppendAsync("k", "not allowed", Cancellation))).Message, StringComparison.Ordinal);

        await servers.Cluster.AdminAsync(["updateAcl", "-c", servers.Cluster.Name, "-s", "User:car", "-r", "Topic:t,Group:*", "-a", "Pub,Sub,Get", "-d", "Allow"]);
        Assert.Equal(AppendStatus.Stored, (await reader.Log.GetProducer("t").AppendAsync("k", "allowed", Cancellation)).Status);

        async Task<string> FailToDeclareAsync(Action<RocketMQOptions> user)
        {
            await using var log = await RunningLog.OpenAsync(servers.Cluster, user, cancellationToken: Cancellation);
            return (await Assert.ThrowsAsync<MessageLogException>(async () => await log.Log.DeclareTopicAsync(new TopicDeclaration("t", 1), Cancellation))).Message;
        }
    }

    [Fact]
    public async Task Servers_that_enforce_TLS_and_want_a_certificate_are_used_by_who_has_one()
    {
        await using var servers = await PrivateRocketMQ.StartNewAsync(new() { TlsEnforced = true, ClientCertificateRequired = true });
        var certificates = servers.Certificates!;
        await using (var log = await RunningLog.OpenAsync(
            servers.Cluster,
            options => options.Tls = new() { Enabled = true, TrustedCertificates = certificates.Authority, ClientCertificate = certificates.ClientCertificate },
            cancellationToken: Cancellation))
        {
            await AppendAndReadAsync(log.Log, "t", "secret");
        }

        // Nobody of these gets an answer; without the deadline they would wait for servers that may be just starting.
        await CannotOpenAsync(_ => { });
        await CannotOpenAsync(options => options.Tls = new() { Enabled = true });
        await CannotOpenAsync(options => options.Tls = new() { Enabled = true, TrustedCertificates = certificates.Authority });

        async Task CannotOpenAsync(Action<RocketMQOptions> configure)
        {
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(4));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await (await RunningLog.OpenAsync(servers.Cluster, configure, cancellationToken: deadline.Token)).DisposeAsync());
        }
    }

    private static Action<RocketMQOptions> As(string user, string secret) => options => (options.AccessKey, options.SecretKey) = (user, secret);

    private static async Task AppendAndReadAsync(IMessageLog log, string topic, string body)
    {
        await log.DeclareTopicAsync(new TopicDeclaration(topic, 1), Cancellation);
        Assert.Equal(AppendStatus.Stored, (await log.GetProducer(topic).AppendAsync("k", Encoding.UTF8.GetBytes(body), cancellationToken: Cancellation)).Status);
        Assert.Equal(body, Assert.Single(await log.ReadTopicAsync(topic, Cancellation)).Body);
    }
}
