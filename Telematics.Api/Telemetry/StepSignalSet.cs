using System.Text.Json;
using System.Text.Json.Serialization;
using Telematics.Contracts.Telemetry;
using Telematics.Storage;

namespace Telematics.Api.Telemetry;

/// <summary>The signals of one step by VSS path.</summary>
[JsonConverter(typeof(StepSignalSetConverter))]
internal sealed record StepSignalSet(IReadOnlyList<SignalAggregate> Signals);

/// <summary>Writes them as one JSON object. A boolean's average is the share of true; texts have none.</summary>
internal sealed class StepSignalSetConverter : JsonConverter<StepSignalSet>
{
    public override StepSignalSet Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Steps are only written.");

    public override void Write(Utf8JsonWriter writer, StepSignalSet value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach (var aggregate in value.Signals)
        {
            var signal = SignalCatalogue.Signals[aggregate.Signal];
            writer.WriteStartObject(signal.Path);
            writer.WriteNumber("count"u8, aggregate.Count);
            Write(writer, "min", signal, aggregate.Min);
            Write(writer, "max", signal, aggregate.Max);
            if (signal.Type != SignalType.Label)
            {
                // A mean has more places than its values; nine are more than any signal is stored with.
                writer.WriteNumber("avg"u8, Math.Round(aggregate.Average, 9));
            }

            Write(writer, "last", signal, aggregate.Last);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, string name, Signal signal, double value)
    {
        writer.WritePropertyName(name);
        SignalSetConverter.WriteValue(writer, signal, value);
    }
}
