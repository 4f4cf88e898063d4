using System.Text.Json.Serialization;
using Telematics.Contracts;
using Telematics.Contracts.Telemetry;

namespace Telematics.Api.Signals;

/// <summary>A signal that can be queried.</summary>
internal sealed record SignalResponse
{
    /// <summary>COVESA VSS path.</summary>
    public required string Path { get; init; }

    /// <summary>Its column in the tables <c>telemetry</c> and <c>vehicle_latest</c>.</summary>
    public required string Column { get; init; }

    /// <summary>Kind of its values.</summary>
    public required SignalValueKind Type { get; init; }

    /// <summary>VSS unit; absent when it has none.</summary>
    public string? Unit { get; init; }

    /// <summary>Smallest value, of numbers.</summary>
    public double? Min { get; init; }

    /// <summary>Greatest value, of numbers.</summary>
    public double? Max { get; init; }

    /// <summary>The values of a signal of texts.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    public static SignalResponse From(Signal signal)
    {
        var isNumber = signal.Type is not (SignalType.Boolean or SignalType.Label);
        return new SignalResponse
        {
            Path = signal.Path,
            Column = signal.Column,
            Type = signal.Type switch
            {
                SignalType.Double or SignalType.Real => SignalValueKind.Number,
                SignalType.Boolean => SignalValueKind.Boolean,
                SignalType.Label => SignalValueKind.Text,
                _ => SignalValueKind.Integer,
            },
            Unit = signal.Unit.Length == 0 ? null : signal.Unit,
            Min = isNumber ? signal.Min : null,
            Max = isNumber ? signal.Max : null,
            Labels = signal.Type == SignalType.Label ? signal.Labels : null,
        };
    }
}

/// <summary>How a signal's values are written in JSON.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<SignalValueKind>))]
internal enum SignalValueKind
{
    /// <summary>A number.</summary>
    Number,

    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>true or false.</summary>
    Boolean,

    /// <summary>One of the labels.</summary>
    Text,
}
