using System.Diagnostics.Metrics;

namespace Telematics.Messaging;

/// <summary>The instruments of the message log.</summary>
internal sealed class MessagingMetrics
{
    public const string MeterName = "Telematics.Messaging";

    private static readonly KeyValuePair<string, object?> BudgetUsedUp = new("reason", "budget_used_up");
    private static readonly KeyValuePair<string, object?> TooLarge = new("reason", "too_large");
    private static readonly KeyValuePair<string, object?> Closed = new("reason", "closed");

    private readonly Meter _meter;
    private readonly Counter<long> _appended;
    private readonly Counter<long> _appendedBytes;
    private readonly Counter<long> _turnedAway;
    private readonly Counter<long> _abandoned;
    private readonly Histogram<int> _batchSize;
    private readonly Histogram<double> _commitDuration;
    private readonly Counter<long> _writeFailures;
    private readonly Counter<long> _read;
    private readonly Counter<long> _trimmed;
    private readonly Counter<long> _damaged;

    public MessagingMetrics(IMeterFactory meterFactory)
    {
        _meter = meterFactory.Create(MeterName);
        _appended = _meter.CreateCounter<long>("telematics.messaging.appended", "{message}", "Messages stored.");
        _appendedBytes = _meter.CreateCounter<long>("telematics.messaging.appended_bytes", "By", "Bytes of the messages stored.");
        _turnedAway = _meter.CreateCounter<long>("telematics.messaging.turned_away", "{message}", "Appends not taken, by reason.");
        _abandoned = _meter.CreateCounter<long>("telematics.messaging.abandoned", "{message}", "Staged messages dropped because their owner left.");
        _batchSize = _meter.CreateHistogram("telematics.messaging.batch_size", "{message}", "Messages in one group commit.", advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000] });
        _commitDuration = _meter.CreateHistogram("telematics.messaging.commit_duration", "s", "Time of one group commit.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1] });
        _writeFailures = _meter.CreateCounter<long>("telematics.messaging.write_failures", "{failure}", "Group commits that failed and are tried again.");
        _read = _meter.CreateCounter<long>("telematics.messaging.read", "{message}", "Messages handed to readers.");
        _trimmed = _meter.CreateCounter<long>("telematics.messaging.trimmed", "{message}", "Messages removed by retention.");
        _damaged = _meter.CreateCounter<long>("telematics.messaging.damaged", "{message}", "Messages that could not be read any more and were skipped; each reader that meets them counts them.");
    }

    public void Observe(Func<long> stagedBytes, Func<long> bytesOnDisk, Func<IEnumerable<Measurement<long>>> groupLags)
    {
        _meter.CreateObservableGauge("telematics.messaging.group_lag", groupLags, "{message}", "Messages that a consumer group has not reported as read.");
        _meter.CreateObservableGauge("telematics.messaging.staged_bytes", stagedBytes, "By", "Bytes staged and on their way to the file.");
        _meter.CreateObservableGauge("telematics.messaging.disk_bytes", bytesOnDisk, "By", "Bytes of the log on disk.");
    }

    public void Committed(int messages, long bytes, TimeSpan duration)
    {
        _appended.Add(messages);
        _appendedBytes.Add(bytes);
        _batchSize.Record(messages);
        _commitDuration.Record(duration.TotalSeconds);
    }

    public void TurnedAway(AppendAdmission reason) => _turnedAway.Add(1, reason switch
    {
        AppendAdmission.BudgetUsedUp => BudgetUsedUp,
        AppendAdmission.TooLarge => TooLarge,
        _ => Closed,
    });

    public void Abandoned(int messages) => _abandoned.Add(messages);

    public void WriteFailed() => _writeFailures.Add(1);

    public void Read(int messages) => _read.Add(messages);

    public void Trimmed(long messages) => _trimmed.Add(messages);

    public void Damaged(long messages) => _damaged.Add(messages);
}
