using System.Diagnostics.Metrics;

namespace Telematics.Storage;

internal sealed class StorageMetrics
{
    public const string MeterName = "Telematics.Storage";

    private readonly Counter<long> _messages;
    private readonly Counter<long> _repeats;
    private readonly Counter<long> _trimmed;
    private readonly Counter<long> _resets;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _erased;
    private readonly Counter<long> _erasureFailures;
    private readonly Histogram<int> _batchSize;
    private readonly Histogram<double> _transaction;

    public StorageMetrics(IMeterFactory meterFactory)
    {
        ArgumentNullException.ThrowIfNull(meterFactory);
        var meter = meterFactory.Create(MeterName);
        _messages = meter.CreateCounter<long>("telematics.storage.consumer.messages", "{message}", "Messages whose transaction was committed.");
        _repeats = meter.CreateCounter<long>("telematics.storage.consumer.producer_repeats", "{message}", "Messages left out because their producer had sent them before.");
        _trimmed = meter.CreateCounter<long>("telematics.storage.consumer.trimmed", "{offset}", "Offsets that retention removed before they were read.");
        _resets = meter.CreateCounter<long>("telematics.storage.consumer.resets", "{reset}", "Times a queue was begun again from its stored offset.");
        _refused = meter.CreateCounter<long>("telematics.storage.consumer.refused", "{message}", "Messages that cannot be applied, or not even be decoded by the message log, and were put into telemetry_rejected.");
        _erased = meter.CreateCounter<long>("telematics.storage.erased_rows", "{row}", "Rows erased for erasures of vehicles, by kind.");
        _erasureFailures = meter.CreateCounter<long>("telematics.storage.erasure_failures", "{failure}", "Times that the erasure of a vehicle failed and was put off.");
        _batchSize = meter.CreateHistogram<int>("telematics.storage.consumer.batch_size", "{message}", "Messages in one transaction.");
        _transaction = meter.CreateHistogram<double>("telematics.storage.consumer.transaction", "s", "Duration of a consumer's transaction, the wait for its turn included.");
    }

    public void Committed(string group, string topic, int messages, int repeats, TimeSpan duration)
    {
        var groupTag = new KeyValuePair<string, object?>("group", group);
        var topicTag = new KeyValuePair<string, object?>("topic", topic);
        _messages.Add(messages, groupTag, topicTag);
        _batchSize.Record(messages, groupTag, topicTag);
        _transaction.Record(duration.TotalSeconds, groupTag, topicTag);
        if (repeats > 0)
        {
            _repeats.Add(repeats, groupTag, topicTag);
        }
    }

    public void Trimmed(string group, string topic, long offsets) => _trimmed.Add(offsets, new("group", group), new("topic", topic));

    public void Reset(string group, string topic) => _resets.Add(1, new("group", group), new("topic", topic));

    public void Refused(string group, string topic) => _refused.Add(1, new("group", group), new("topic", topic));

    public void ErasureFailed() => _erasureFailures.Add(1);

    public void Erased(string kind, long rows) => _erased.Add(rows, new KeyValuePair<string, object?>("kind", kind));
}
