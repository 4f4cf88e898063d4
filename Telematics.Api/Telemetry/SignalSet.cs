using System.Text.Json.Serialization;
using Telematics.Contracts.Telemetry;

namespace Telematics.Api.Telemetry;

/// <summary>The signals of one sample: VSS path and value, only those that were reported.</summary>
/// <param name="Values">The signals with columns.</param>
/// <param name="Other">All other signals as a JSON object; null when there are none.</param>
[JsonConverter(typeof(SignalSetConverter))]
internal sealed record SignalSet(SignalValues Values, string? Other = null);
