using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Telematics.RocketMQ.Remoting;

/// <summary>The instruments of the connections.</summary>
internal sealed class RemotingMetrics
{
    public const string MeterName = "Telematics.RocketMQ.Remoting";

    private readonly UpDownCounter<long> _connections;
    private readonly Counter<long> _connectFailures;
    private readonly Counter<long> _connectionsLost;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _timedOut;
    private readonly Counter<long> _unexpected;
    private readonly Counter<long> _sentBytes;
    private readonly Counter<long> _receivedBytes;

    public RemotingMetrics(IMeterFactory meterFactory)
    {
        var meter = meterFactory.Create(MeterName);
        _connections = meter.CreateUpDownCounter<long>("telematics.rocketmq.connections", "{connection}", "Open connections to name servers and brokers.");
        _connectFailures = meter.CreateCounter<long>("telematics.rocketmq.connect_failures", "{failure}", "Connections that could not be made.");
        _connectionsLost = meter.CreateCounter<long>("telematics.rocketmq.connections_lost", "{connection}", "Connections that broke, or were closed by the server.");
        _duration = meter.CreateHistogram("telematics.rocketmq.request_duration", "s", "Time from a request to its answer, by request and response code.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20] });
        _timedOut = meter.CreateCounter<long>("telematics.rocketmq.requests_timed_out", "{request}", "Requests without an answer in time, by request.");
        _unexpected = meter.CreateCounter<long>("telematics.rocketmq.unexpected_answers", "{answer}", "Answers that nobody waits for: late ones, mostly.");
        _sentBytes = meter.CreateCounter<long>("telematics.rocketmq.sent_bytes", "By", "Bytes of frames sent.");
        _receivedBytes = meter.CreateCounter<long>("telematics.rocketmq.received_bytes", "By", "Bytes of frames received.");
    }

    public void Connected() => _connections.Add(1);

    public void Disconnected(bool wasLost)
    {
        _connections.Add(-1);
        if (wasLost)
        {
            _connectionsLost.Add(1);
        }
    }

    public void ConnectFailed() => _connectFailures.Add(1);

    public void Answered(RequestCode request, ResponseCode response, TimeSpan duration)
    {
        if (_duration.Enabled)
        {
            _duration.Record(duration.TotalSeconds, new TagList { { "request", (int)request }, { "response", (int)response } });
        }
    }

    public void TimedOut(RequestCode request) => _timedOut.Add(1, new KeyValuePair<string, object?>("request", (int)request));

    public void AnswerUnexpected() => _unexpected.Add(1);

    public void Sent(long bytes) => _sentBytes.Add(bytes);

    public void Received(long bytes) => _receivedBytes.Add(bytes);
}
