using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Telematics.RocketMQ;
using Telematics.RocketMQ.Groups;
using Telematics.RocketMQ.Producing;
using Xunit;

namespace Telematics.IntegrationTests.RocketMQ;

/// <summary>A program that knows RocketMQ and nothing else of the system: it sends single messages, and reads in a group of its own.</summary>
internal sealed class ServerApplication : IAsyncDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly RocketMQOptions _connection;
    private readonly RocketMQSender _sender;

    public ServerApplication(string nameServers)
    {
        _connection = new RocketMQOptions { NameServers = nameServers };
        _sender = new RocketMQSender(_connection, NullLoggerFactory.Instance, Meters, TimeProvider.System);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private IMeterFactory Meters => _services.GetRequiredService<IMeterFactory>();

    /// <summary>Sends a text.</summary>
    public Task SendAsync(string topic, string text, params (string Name, string Value)[] properties) => _sender.SendAsync(
        new RocketMQMessage
        {
            Topic = topic,
            Tag = "MQ2MQTT",
            Body = Encoding.UTF8.GetBytes(text),
            Properties = properties.ToDictionary(property => property.Name, property => property.Value),
        },
        Cancel);

    /// <summary>Reads a topic from its begin on until a message has this text; answers its properties.</summary>
    public async Task<IReadOnlyDictionary<string, string>> FindAsync(string topic, string text)
    {
        var found = new TaskCompletionSource<IReadOnlyDictionary<string, string>>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var consumer = await RocketMQConsumer.StartAsync(
            _connection,
            new RocketMQConsumerOptions { Group = $"application-{Guid.NewGuid():N}", Topic = topic, From = ConsumeFrom.First },
            (message, _) =>
            {
                if (Encoding.UTF8.GetString(message.Body.Span) == text)
                {
                    found.TrySetResult(message.Properties);
                }

                return ValueTask.FromResult(ConsumeResult.Done);
            },
            NullLoggerFactory.Instance,
            Meters,
            TimeProvider.System,
            Cancel);
        return await found.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _sender.DisposeAsync();
        await _services.DisposeAsync();
    }
}
