using System.Diagnostics.Metrics;

namespace Telematics.Api;

/// <summary>What the framework's own HTTP metrics do not say.</summary>
internal sealed class ApiMetrics
{
    public const string MeterName = "Telematics.Api";

    private readonly Counter<long> _problems;
    private readonly UpDownCounter<long> _liveStreams;

    public ApiMetrics(IMeterFactory meterFactory)
    {
        var meter = meterFactory.Create(MeterName);
        _problems = meter.CreateCounter<long>("telematics.api.problems", "{problem}", "Errors answered, by kind.");
        _liveStreams = meter.CreateUpDownCounter<long>("telematics.api.live_streams", "{stream}", "Open live streams.");
    }

    public void ProblemAnswered(string name) => _problems.Add(1, new KeyValuePair<string, object?>("type", name));

    public void StreamOpened() => _liveStreams.Add(1);

    public void StreamClosed() => _liveStreams.Add(-1);
}
