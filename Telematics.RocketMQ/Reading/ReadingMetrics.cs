using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Telematics.RocketMQ.Reading;

/// <summary>The instruments of readers.</summary>
internal sealed class ReadingMetrics
{
    public const string MeterName = "Telematics.RocketMQ.Reading";

    private readonly ConcurrentDictionary<RocketMQQueueReader, bool> _readers = new();
    private readonly Counter<long> _pulls;
    private readonly Histogram<int> _batchSize;
    private readonly Counter<long> _read;
    private readonly Counter<long> _readBytes;
    private readonly Counter<long> _undecodable;
    private readonly Counter<long> _failures;
    private readonly UpDownCounter<long> _fetchedAhead;

    public ReadingMetrics(IMeterFactory meterFactory)
    {
        var meter = meterFactory.Create(MeterName);
        _pulls = meter.CreateCounter<long>("telematics.rocketmq.pulls", "{pull}", "Answers to pulls.");
        _batchSize = meter.CreateHistogram("telematics.rocketmq.read_batch_size", "{message}", "Messages in one batch handed to a reader.", advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000] });
        _read = meter.CreateCounter<long>("telematics.rocketmq.read", "{message}", "Messages handed to readers.");
        _readBytes = meter.CreateCounter<long>("telematics.rocketmq.pulled_bytes", "By", "Bytes of the records pulled.");
        _undecodable = meter.CreateCounter<long>("telematics.rocketmq.undecodable", "{message}", "Stored messages that cannot be decoded and were skipped; each reader that meets them counts them.");
        _failures = meter.CreateCounter<long>("telematics.rocketmq.pull_failures", "{failure}", "Pulls that failed and are tried again.");
        _fetchedAhead = meter.CreateUpDownCounter<long>("telematics.rocketmq.fetched_ahead_bytes", "By", "Bytes of records that were pulled and not yet read.");
        meter.CreateObservableGauge("telematics.rocketmq.lag", GetLags, "{message}", "Messages of a queue behind what its reader, the slowest of a group's, has read.");
    }

    public void Add(RocketMQQueueReader reader) => _readers.TryAdd(reader, true);

    public void Remove(RocketMQQueueReader reader) => _readers.TryRemove(reader, out _);

    public void Pulled(int bytes)
    {
        _pulls.Add(1);
        _readBytes.Add(bytes);
    }

    public void FetchedAhead(long bytes) => _fetchedAhead.Add(bytes);

    public void Read(int messages)
    {
        _read.Add(messages);
        _batchSize.Record(messages);
    }

    public void Undecodable() => _undecodable.Add(1);

    public void Failed() => _failures.Add(1);

    private IEnumerable<Measurement<long>> GetLags() => _readers.Keys
        .GroupBy(reader => (reader.Group, reader.Queue))
        .Select(readers => new Measurement<long>(
            readers.Max(reader => reader.Lag),
            new KeyValuePair<string, object?>("group", readers.Key.Group),
            new KeyValuePair<string, object?>("topic", readers.Key.Queue.Topic),
            new KeyValuePair<string, object?>("queue", $"{readers.Key.Queue.Broker}/{readers.Key.Queue.QueueId}")));
}
