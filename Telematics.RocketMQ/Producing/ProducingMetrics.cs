using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Telematics.Messaging;

namespace Telematics.RocketMQ.Producing;

/// <summary>The instruments of sending.</summary>
internal sealed class ProducingMetrics
{
    public const string MeterName = "Telematics.RocketMQ.Producing";

    private static readonly KeyValuePair<string, object?> BudgetUsedUp = new("reason", "budget_used_up");
    private static readonly KeyValuePair<string, object?> TooLarge = new("reason", "too_large");
    private static readonly KeyValuePair<string, object?> Closed = new("reason", "closed");

    private readonly ConcurrentDictionary<RocketMQProducer, bool> _producers = new();
    private readonly Counter<long> _sent;
    private readonly Counter<long> _sentBytes;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _turnedAway;
    private readonly Counter<long> _abandoned;
    private readonly Histogram<int> _batchSize;
    private readonly Histogram<double> _duration;

    public ProducingMetrics(IMeterFactory meterFactory)
    {
        var meter = meterFactory.Create(MeterName);
        _sent = meter.CreateCounter<long>("telematics.rocketmq.sent_messages", "{message}", "Messages stored by brokers.");
        _sentBytes = meter.CreateCounter<long>("telematics.rocketmq.sent_message_bytes", "By", "Bytes of the messages stored, with their properties.");
        _retries = meter.CreateCounter<long>("telematics.rocketmq.send_retries", "{request}", "Sends without a good answer that are made again, by reason.");
        _refused = meter.CreateCounter<long>("telematics.rocketmq.refused", "{message}", "Messages refused by brokers for good, by reason.");
        _turnedAway = meter.CreateCounter<long>("telematics.rocketmq.turned_away", "{message}", "Appends not taken, by reason.");
        _abandoned = meter.CreateCounter<long>("telematics.rocketmq.abandoned", "{message}", "Staged messages dropped because their owner left.");
        _batchSize = meter.CreateHistogram("telematics.rocketmq.send_batch_size", "{message}", "Messages in one send that was stored.", advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000] });
        _duration = meter.CreateHistogram("telematics.rocketmq.send_duration", "s", "Time from a send to its answer or failure.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5] });
        meter.CreateObservableGauge("telematics.rocketmq.pending_bytes", () => _producers.Keys.Sum(producer => producer.PendingBytes), "By", "Bytes staged and on their way to brokers.");
    }

    public void Add(RocketMQProducer producer) => _producers.TryAdd(producer, true);

    public void Remove(RocketMQProducer producer) => _producers.TryRemove(producer, out _);

    public void Answered(int messages, long bytes, TimeSpan duration, in SendAnswer answer)
    {
        _duration.Record(duration.TotalSeconds);
        switch (answer.Verdict)
        {
            case SendVerdict.Stored:
                _sent.Add(messages);
                _sentBytes.Add(bytes);
                _batchSize.Record(messages);
                break;
            case SendVerdict.StoredOnMasterOnly or SendVerdict.Again or SendVerdict.Unknown or SendVerdict.Suspect:
                _retries.Add(1, new KeyValuePair<string, object?>("reason", answer.Reason));
                break;
        }
    }

    public void Refused(int messages, string reason) => _refused.Add(messages, new KeyValuePair<string, object?>("reason", reason));

    public void TurnedAway(AppendAdmission reason) => _turnedAway.Add(1, reason switch
    {
        AppendAdmission.BudgetUsedUp => BudgetUsedUp,
        AppendAdmission.TooLarge => TooLarge,
        _ => Closed,
    });

    public void Abandoned(int messages) => _abandoned.Add(messages);
}
