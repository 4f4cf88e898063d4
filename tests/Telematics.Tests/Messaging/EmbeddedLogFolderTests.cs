using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Telematics.Messaging;
using Telematics.Messaging.Embedded;
using Xunit;

namespace Telematics.Tests.Messaging;

public sealed class EmbeddedLogFolderTests : IDisposable
{
    private readonly EmbeddedLogFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_has_its_own_identity()
    {
        using var other = new EmbeddedLogFolder();
        using var log = _folder.Open();
        using var second = other.Open();
        Assert.NotEqual(log.Identity, second.Identity);
    }

    [Fact]
    public void A_folder_that_is_open_is_refused()
    {
        using var log = _folder.Open();
        var fault = Assert.Throws<MessageLogException>(_folder.Open);
        Assert.Contains("open in another process", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_newer_format_is_refused()
    {
        _folder.Open().Dispose();
        using (var catalogue = new SqliteDatabase(Path.Combine(_folder.Options.Directory, "catalogue.db")))
        {
            catalogue.Execute("PRAGMA user_version=2");
        }

        var fault = Assert.Throws<MessageLogException>(_folder.Open);
        Assert.Contains("format 2", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Segments_without_their_catalogue_are_refused()
    {
        using (var log = _folder.Open())
        {
            await log.DeclareTopicAsync(new TopicDeclaration("t"), Cancellation);
            await log.GetProducer("t").AppendAsync("k", "x", Cancellation);
        }

        File.Delete(Path.Combine(_folder.Options.Directory, "catalogue.db"));
        Assert.Throws<MessageLogException>(_folder.Open);
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_refused()
    {
        File.WriteAllText(_folder.Options.Directory, "");
        try
        {
            Assert.Throws<MessageLogException>(_folder.Open);
        }
        finally
        {
            File.Delete(_folder.Options.Directory);
        }
    }

    [Fact]
    public async Task An_existing_topic_keeps_its_queues()
    {
        using var log = _folder.Open();
        await log.DeclareTopicAsync(new TopicDeclaration("t", 3), Cancellation);
        await log.DeclareTopicAsync(new TopicDeclaration("t", 5), Cancellation);
        Assert.Equal(3, log.GetQueues("t").Count);
        await Assert.ThrowsAsync<MessageLogException>(async () => await log.DeclareTopicAsync(new TopicDeclaration("bad name"), Cancellation));
        Assert.Throws<MessageLogException>(() => log.GetProducer("unknown"));
    }

    [Fact]
    public async Task A_host_opens_it_before_the_roles_and_closes_it_after_them()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration[$"{EmbeddedLogOptions.SectionName}:Directory"] = _folder.Options.Directory;
        builder.Services.AddEmbeddedMessageLog();
        using var host = builder.Build();
        await host.StartAsync(Cancellation);
        var log = host.Services.GetRequiredService<IMessageLog>();
        Assert.NotEmpty(log.Identity);
        await host.StopAsync(Cancellation);
        Assert.Throws<MessageLogException>(() => log.Identity);
        _folder.Open().Dispose();
    }

    [Fact]
    public void Wrong_options_are_named_all_at_once()
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            [$"{EmbeddedLogOptions.SectionName}:QueuesPerTopic"] = "65",
            [$"{EmbeddedLogOptions.SectionName}:SegmentBytes"] = "8000000",
            [$"{EmbeddedLogOptions.SectionName}:RetentionBytes"] = "17000000",
        }).Build());
        services.AddEmbeddedMessageLog();
        using var provider = services.BuildServiceProvider();
        var fault = Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService<IOptions<EmbeddedLogOptions>>().Value);
        Assert.Contains(fault.Failures, failure => failure.Contains("QueuesPerTopic", StringComparison.Ordinal));
        Assert.Contains(fault.Failures, failure => failure.Contains("SegmentBytes", StringComparison.Ordinal));
    }
}
