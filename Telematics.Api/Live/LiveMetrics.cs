using System.Diagnostics.Metrics;

namespace Telematics.Api.Live;

/// <summary>Metrics of the live view, under the API's meter.</summary>
internal sealed class LiveMetrics
{
    private readonly Counter<long> _messages;
    private readonly Counter<long> _undecodable;
    private readonly Counter<long> _trimmed;
    private readonly Counter<long> _reloads;

    public LiveMetrics(IMeterFactory meterFactory, LiveView view)
    {
        var meter = meterFactory.Create("Telematics.Api");
        _messages = meter.CreateCounter<long>("telematics.api.live_messages", "{message}", "Messages read from the log for the live view.");
        _undecodable = meter.CreateCounter<long>("telematics.api.live_undecodable", "{message}", "Messages that the live view could not decode (Ingest keeps them as rejected).");
        _trimmed = meter.CreateCounter<long>("telematics.api.live_trimmed", "{offset}", "Offsets that retention removed before the live view read them.");
        _reloads = meter.CreateCounter<long>("telematics.api.live_reloads", "{reload}", "How often the live view was loaded from the database.");
        meter.CreateObservableGauge("telematics.api.live_vehicles", () => view.Counts.Registered, "{vehicle}", "Registered vehicles in the live view.");
        meter.CreateObservableGauge("telematics.api.live_vehicles_online", () => view.Counts.Online, "{vehicle}", "Registered vehicles that are online.");
        meter.CreateObservableGauge("telematics.api.live_unregistered_ignored", () => view.IgnoredUnregistered, "{message}", "Telemetry of vehicles that nobody registered, not kept since the last load.");
    }

    public void Read(string topic, int messages) => _messages.Add(messages, new KeyValuePair<string, object?>("topic", topic));

    public void Undecodable(string topic) => _undecodable.Add(1, new KeyValuePair<string, object?>("topic", topic));

    public void Trimmed(string topic, long offsets) => _trimmed.Add(offsets, new KeyValuePair<string, object?>("topic", topic));

    public void Loaded() => _reloads.Add(1);
}
