using System.Diagnostics.Metrics;
using System.Text.Json;
using Telematics.Contracts.Commands;
using Telematics.Storage.Model;

namespace Telematics.Commands;

/// <summary>What the Commands role counts.</summary>
internal sealed class CommandsMetrics
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Telematics.Commands";

    private readonly Counter<long> _created;
    private readonly Counter<long> _arrows;
    private readonly Counter<long> _appended;
    private readonly Counter<long> _appendFailures;
    private readonly Counter<long> _receipts;
    private readonly Counter<long> _results;
    private readonly Counter<long> _unchanged;
    private readonly Counter<long> _unknown;
    private readonly Counter<long> _rejected;
    private readonly Counter<long> _presence;
    private readonly Counter<long> _instancesEnded;

    public CommandsMetrics(IMeterFactory meterFactory)
    {
        var meter = meterFactory.Create(MeterName);
        _created = meter.CreateCounter<long>("telematics.commands.created", "{command}", "Commands ordered, by type.");
        _arrows = meter.CreateCounter<long>("telematics.commands.arrows", "{arrow}", "Executions that entered a state.");
        _appended = meter.CreateCounter<long>("telematics.commands.appended", "{message}", "Messages appended to the command topic, by kind.");
        _appendFailures = meter.CreateCounter<long>("telematics.commands.append_failures", "{message}", "Messages of which it is not known that they are stored.");
        _receipts = meter.CreateCounter<long>("telematics.commands.receipts", "{receipt}", "Receipts of gateways, by kind.");
        _results = meter.CreateCounter<long>("telematics.commands.results", "{result}", "Results of cars, by state.");
        _unchanged = meter.CreateCounter<long>("telematics.commands.unchanged", "{signal}", "Receipts and results that changed nothing: repeats, or overtaken.");
        _unknown = meter.CreateCounter<long>("telematics.commands.unknown_receipts", "{receipt}", "Receipts about executions that nobody knows.");
        _rejected = meter.CreateCounter<long>("telematics.commands.rejected", "{message}", "Messages that could not be taken, by topic.");
        _presence = meter.CreateCounter<long>("telematics.commands.presence_events", "{event}", "Events of vehicle-event, by type.");
        _instancesEnded = meter.CreateCounter<long>("telematics.commands.instances_ended", "{instance}", "Gateway instances ended for their silence.");
    }

    public void Created(string type) => _created.Add(1, new KeyValuePair<string, object?>("type", type));

    public void Arrow(ExecutionState from, ExecutionState to)
    {
        if (from != to)
        {
            _arrows.Add(1, new KeyValuePair<string, object?>("state", Name(to)));
        }
    }

    public void Appended(GatewayOrderKind kind, int count) => _appended.Add(count, new KeyValuePair<string, object?>("kind", Name(kind)));

    public void AppendFailed(int count) => _appendFailures.Add(count);

    public void Receipt(CommandReceiptKind kind) => _receipts.Add(1, new KeyValuePair<string, object?>("kind", Name(kind)));

    public void Result(VehicleCommandState state) => _results.Add(1, new KeyValuePair<string, object?>("state", Name(state)));

    public void Unchanged(int count) => _unchanged.Add(count);

    public void Unknown(int count) => _unknown.Add(count);

    public void Rejected(string topic) => _rejected.Add(1, new KeyValuePair<string, object?>("topic", topic));

    public void PresenceEvent(string type) => _presence.Add(1, new KeyValuePair<string, object?>("type", type));

    public void InstanceEnded() => _instancesEnded.Add(1);

    private static string Name<TEnum>(TEnum value)
        where TEnum : struct, Enum => Names<TEnum>.ByValue[value];

    private static class Names<TEnum>
        where TEnum : struct, Enum
    {
        public static readonly Dictionary<TEnum, string> ByValue =
            Enum.GetValues<TEnum>().ToDictionary(value => value, value => JsonNamingPolicy.CamelCase.ConvertName(value.ToString()));
    }
}
