using System.Diagnostics.Metrics;
using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Telematics.Messaging;
using Telematics.Messaging.Staging;
using Telematics.RocketMQ;
using Telematics.RocketMQ.Producing;
using Telematics.Tests.Messaging;
using Xunit;

namespace Telematics.Tests.RocketMQ.Producing;

/// <summary>A producer whose batches come to the test, which plays the broker and moves the clock.</summary>
internal sealed class ProducerBench : IAsyncDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly Channel<SentBatch> _sent = Channel.CreateUnbounded<SentBatch>();

    public ProducerBench(RocketMQOptions? options = null, int queues = 1, params string[] brokers)
    {
        Options = options ?? new RocketMQOptions { MaxLinger = TimeSpan.Zero };
        Metrics = new ProducingMetrics(_services.GetRequiredService<IMeterFactory>());
        Producer = new RocketMQProducer(
            "t",
            [.. Enumerable.Range(0, queues).Select(id => new MessageQueue("t", brokers.Length > 0 ? brokers[id % brokers.Length] : "broker-a", id, id))],
            new ProducingContext(Options, Time, NullLogger.Instance, Metrics, new OutcomeDelivery(NullLogger.Instance), _ => new Transport(_sent.Writer)));
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 15, 12, 0, 0, TimeSpan.Zero));

    public RocketMQOptions Options { get; }

    public ProducingMetrics Metrics { get; }

    public IMeterFactory MeterFactory => _services.GetRequiredService<IMeterFactory>();

    public RocketMQProducer Producer { get; }

    public RecordingSink Sink { get; } = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public AppendAdmission Append(string text, string key = "k", long owner = 0, long item = 0, AppendBudget budget = AppendBudget.Queue) =>
        Producer.Append(new OutgoingMessage { Key = Encoding.UTF8.GetBytes(key), Body = Encoding.UTF8.GetBytes(text) }, Sink, new AppendToken(owner, item), budget);

    /// <summary>The next batch that the producer sends.</summary>
    public async Task<SentBatch> NextAsync() => await _sent.Reader.ReadAsync(Cancellation).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Cancellation);

    /// <summary>The same, when it waits for the clock before.</summary>
    public async Task<SentBatch> NextAfterAsync(TimeSpan step)
    {
        SentBatch? batch;
        for (var end = Environment.TickCount64 + 30_000; !_sent.Reader.TryRead(out batch);)
        {
            Assert.True(Environment.TickCount64 < end, $"Nothing more is sent; {Sink.Outcomes.Count(outcome => outcome.Status == AppendStatus.Refused)} messages were refused.");
            Time.Advance(step);
            await Task.Delay(1, Cancellation);
        }

        return batch;
    }

    /// <summary>Whether nothing was sent so far, with time enough for it to have been.</summary>
    public async Task<bool> IsSilentAsync()
    {
        await Task.Delay(50, Cancellation);
        return _sent.Reader.Count == 0;
    }

    public async ValueTask DisposeAsync() => await _services.DisposeAsync();

    private sealed class Transport(ChannelWriter<SentBatch> sent) : IBatchTransport
    {
        public async ValueTask<SendAnswer> SendAsync(ReadOnlyMemory<byte> body, long bornTime, CancellationToken cancellationToken)
        {
            var batch = new SentBatch(body.ToArray());
            sent.TryWrite(batch);
            return await batch.Task.WaitAsync(cancellationToken);
        }
    }
}
