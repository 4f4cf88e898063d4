using System.Text.Json;
using System.Text.Json.Serialization;
using Telematics.Contracts.Telemetry;

namespace Telematics.Api.Telemetry;

/// <summary>Writes signals as one JSON object, without an object for each.</summary>
internal sealed class SignalSetConverter : JsonConverter<SignalSet>
{
    public override SignalSet Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Signals are only written.");

    public override void Write(Utf8JsonWriter writer, SignalSet value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        for (var i = 0; i < SignalCatalogue.Count; i++)
        {
            if (!double.IsNaN(value.Values[i]))
            {
                writer.WritePropertyName(SignalCatalogue.Signals[i].Path);
                WriteValue(writer, SignalCatalogue.Signals[i], value.Values[i]);
            }
        }

        if (value.Other is not null)
        {
            using var other = JsonDocument.Parse(value.Other);
            foreach (var signal in other.RootElement.EnumerateObject())
            {
                signal.WriteTo(writer);
            }
        }

        writer.WriteEndObject();
    }

    /// <summary>One value in the kind of its signal, rounded to what is stored of it.</summary>
    public static void WriteValue(Utf8JsonWriter writer, Signal signal, double value)
    {
        switch (signal.Type)
        {
            case SignalType.Boolean:
                writer.WriteBooleanValue(value != 0);
                break;
            case SignalType.Label when value >= 0 && value < signal.Labels.Count:
                writer.WriteStringValue(signal.Labels[(int)value]);
                break;
            default:
                writer.WriteNumberValue(SignalText.Round(signal, value));
                break;
        }
    }
}
