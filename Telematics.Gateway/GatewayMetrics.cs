using System.Diagnostics.Metrics;
using System.Text.Json;
using Telematics.Gateway.Sessions;
using Telematics.Gateway.Transport;

namespace Telematics.Gateway;

/// <summary>Instruments of the gateway. Counts live in the loops and are summed when they are looked at.</summary>
internal sealed class GatewayMetrics
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Telematics.Gateway";

    private readonly Histogram<double> _pubackLatency;
    private readonly Counter<long> _refusedAccepts;
    private readonly UpDownCounter<long> _handshakes;
    private GatewayShared? _shared;

    public GatewayMetrics(IMeterFactory meterFactory)
    {
        var meter = meterFactory.Create(MeterName);
        _pubackLatency = meter.CreateHistogram(
            "telematics.gateway.puback.duration",
            unit: "s",
            description: "From the arrival of a QoS 1 PUBLISH to its PUBACK",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.002, 0.003, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] });
        _refusedAccepts = meter.CreateCounter<long>("telematics.gateway.refused_accepts", "{connection}", "Connections closed before a loop had them, by reason");
        _handshakes = meter.CreateUpDownCounter<long>("telematics.gateway.handshakes", "{connection}", "Connections before their first byte of MQTT: proxy's header, TLS, WebSocket");
        Gauge(meter, "telematics.gateway.connections", "{connection}", static counters => counters.Connections, "Clients with a CONNACK");
        Gauge(meter, "telematics.gateway.connected_vehicles", "{vehicle}", static counters => counters.ConnectedVehicles, "Connections that are cars");
        Gauge(meter, "telematics.gateway.sessions", "{session}", static counters => counters.Sessions, "Sessions, those without connection included");
        Gauge(meter, "telematics.gateway.paused_connections", "{connection}", static counters => counters.PausedConnections, "Connections that are deliberately not read");
        Gauge(meter, "telematics.gateway.waiting_connections", "{connection}", static counters => counters.WaitingConnections, "Connect events that the log has not yet stored");
        meter.CreateObservableUpDownCounter("telematics.gateway.buffered", () => Volatile.Read(ref _shared)?.Buffers.Used ?? 0, "By", "Bytes kept for clients: not yet taken by their sockets, or queued");
        meter.CreateObservableUpDownCounter("telematics.gateway.pending_log_ins", () => Volatile.Read(ref _shared)?.LogIns.Count ?? 0, "{log_in}", "Log-ins that the store of credentials has not answered");
        Count(meter, "telematics.gateway.rate_pauses", "{pause}", static counters => counters.RatePauses, "Times that a connection was not read since its client sent more than its rate");
        Count(meter, "telematics.gateway.accept_failures", "{try}", static counters => counters.AcceptFailures, "Times that the system had no descriptor or memory for a connection that waits");
        Count(meter, "telematics.gateway.publishes", "{message}", static counters => counters.MessagesIn, "Publishes and wills appended");
        Count(meter, "telematics.gateway.pubacks", "{packet}", static counters => counters.PubacksSent, "PUBACKs written");
        Count(meter, "telematics.gateway.repeated_publishes", "{message}", static counters => counters.RepeatedWhileStoring, "Publishes that came again while they were being stored");
        Count(meter, "telematics.gateway.deliveries", "{message}", static counters => counters.MessagesOut, "Publishes written to clients");
        Count(meter, "telematics.gateway.dropped_deliveries", "{message}", static counters => counters.MessagesOutDropped, "Publishes to clients given up: expired, too large, queue full, memory used up, session ended");
        Count(meter, "telematics.gateway.receipts", "{receipt}", static counters => counters.ReceiptsAppended, "Receipts appended");
        Count(meter, "telematics.gateway.received", "By", static counters => counters.BytesIn, "Bytes taken from clients");
        Count(meter, "telematics.gateway.sent", "By", static counters => counters.BytesOut, "Bytes written to clients");
        meter.CreateObservableCounter("telematics.gateway.unasked_log_ins", ObserveUnasked, "{log_in}", "Log-ins that the store of credentials was not asked for, by reason");
        meter.CreateObservableCounter("telematics.gateway.refusals", ObserveRefusals, "{packet}", "Publishes, wills and subscriptions refused, by reason");
        meter.CreateObservableCounter("telematics.gateway.closes", ObserveEnds, "{connection}", "Connections ended, by reason");
    }

    /// <summary>Watches this gateway from now on.</summary>
    public void Watch(GatewayShared shared) => Volatile.Write(ref _shared, shared);

    /// <summary>A PUBACK was written.</summary>
    public void RecordPuback(long milliseconds) => _pubackLatency.Record(milliseconds / 1_000d);

    /// <summary>A connection was closed before a loop had it.</summary>
    public void RecordRefusedAccept(AcceptRefusal reason) =>
        _refusedAccepts.Add(1, new KeyValuePair<string, object?>("reason", JsonNamingPolicy.CamelCase.ConvertName(reason.ToString())));

    /// <summary>Connections began their way to the first byte of MQTT, or ended it when negative.</summary>
    public void AddHandshakes(int count) => _handshakes.Add(count);

    /// <summary>A count over all loops.</summary>
    public long Sum(Func<LoopCounters, long> count)
    {
        var sum = 0L;
        foreach (var loop in Volatile.Read(ref _shared)?.Loops ?? [])
        {
            sum += count(loop.Counters);
        }

        return sum;
    }

    private void Gauge(Meter meter, string name, string unit, Func<LoopCounters, long> count, string description) =>
        meter.CreateObservableUpDownCounter(name, () => Sum(count), unit, description);

    private void Count(Meter meter, string name, string unit, Func<LoopCounters, long> count, string description) =>
        meter.CreateObservableCounter(name, () => Sum(count), unit, description);

    private IEnumerable<Measurement<long>> ObserveUnasked()
    {
        var logIns = Volatile.Read(ref _shared)?.LogIns;
        yield return new(logIns?.Refused ?? 0, new KeyValuePair<string, object?>("reason", "tooManyPending"));
        yield return new(logIns?.Withdrawn ?? 0, new KeyValuePair<string, object?>("reason", "connectionGone"));
    }

    private IEnumerable<Measurement<long>> ObserveRefusals() =>
        from refusal in Enum.GetValues<Refusal>()
        where refusal != Refusal.None
        select new Measurement<long>(Sum(counters => counters.Refusals(refusal)), new KeyValuePair<string, object?>("reason", EndReasonNames.Of(refusal)));

    private IEnumerable<Measurement<long>> ObserveEnds() =>
        from reason in Enum.GetValues<EndReason>()
        select new Measurement<long>(Sum(counters => counters.Ends(reason)), new KeyValuePair<string, object?>("reason", EndReasonNames.Of(reason)));
}
