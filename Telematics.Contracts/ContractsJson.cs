using System.Text.Json;
using System.Text.Json.Serialization;
using Telematics.Contracts.Commands;
using Telematics.Contracts.Presence;

namespace Telematics.Contracts;

/// <summary>JSON of the messages that roles exchange: camel case, enumerations by name, absent instead of null.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.Strict)]
[JsonSerializable(typeof(VehicleEvent))]
[JsonSerializable(typeof(VehicleCommand))]
[JsonSerializable(typeof(VehicleCommandResult))]
[JsonSerializable(typeof(CommandReceipts))]
public sealed partial class ContractsJson : JsonSerializerContext;
