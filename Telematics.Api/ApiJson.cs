using System.Text.Json;
using System.Text.Json.Serialization;
using Telematics.Api.Commands;
using Telematics.Api.Erasures;
using Telematics.Api.Problems;
using Telematics.Api.Signals;
using Telematics.Api.Streams;
using Telematics.Api.Telemetry;
using Telematics.Api.Vehicles;

namespace Telematics.Api;

/// <summary>JSON of the API: camel case, enumerations by name, absent instead of null.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.Strict)]
[JsonSerializable(typeof(ProblemResponse))]
[JsonSerializable(typeof(VehicleRequest))]
[JsonSerializable(typeof(PageResponse<VehicleResponse>), TypeInfoPropertyName = "VehiclePage")]
[JsonSerializable(typeof(CredentialResponse))]
[JsonSerializable(typeof(PageResponse<SignalResponse>), TypeInfoPropertyName = "SignalPage")]
[JsonSerializable(typeof(PageResponse<LatestResponse>), TypeInfoPropertyName = "LatestPage")]
[JsonSerializable(typeof(PageResponse<RejectedResponse>), TypeInfoPropertyName = "RejectedPage")]
[JsonSerializable(typeof(PageResponse<TelemetryResponse>), TypeInfoPropertyName = "TelemetryPage")]
[JsonSerializable(typeof(LiveEventResponse))]
[JsonSerializable(typeof(PageResponse<ErasureResponse>), TypeInfoPropertyName = "ErasurePage")]
[JsonSerializable(typeof(CommandRequest))]
[JsonSerializable(typeof(PageResponse<CommandResponse>), TypeInfoPropertyName = "CommandPage")]
[JsonSerializable(typeof(PageResponse<ExecutionResponse>), TypeInfoPropertyName = "ExecutionPage")]
[JsonSerializable(typeof(PageResponse<VehicleCommandResponse>), TypeInfoPropertyName = "VehicleCommandPage")]
[JsonSerializable(typeof(PageResponse<CommandTypeResponse>), TypeInfoPropertyName = "CommandTypePage")]
[JsonSerializable(typeof(Dictionary<string, string>))]
[JsonSerializable(typeof(SortedDictionary<string, string>))]
internal sealed partial class ApiJson : JsonSerializerContext;
