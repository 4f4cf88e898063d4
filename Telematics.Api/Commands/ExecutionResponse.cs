using System.Text.Json;
using System.Text.Json.Serialization;
using Telematics.Commands.Operations;
using Telematics.Contracts;
using Telematics.Storage.Model;

namespace Telematics.Api.Commands;

/// <summary>A command for one vehicle.</summary>
internal sealed record ExecutionResponse
{
    /// <summary>The vehicle.</summary>
    public required string VehicleId { get; init; }

    /// <summary>How far it is.</summary>
    [JsonConverter(typeof(CamelCaseEnumConverter<ExecutionState>))]
    public required ExecutionState State { get; init; }

    /// <summary>Number of the newest delivery attempt; 0 before the first.</summary>
    public required int Attempt { get; init; }

    /// <summary>Percent, as the vehicle said.</summary>
    public int? Progress { get; init; }

    /// <summary>Code of the vehicle; one that begins with $ is the server's.</summary>
    public string? Code { get; init; }

    /// <summary>Text of the vehicle.</summary>
    public string? Message { get; init; }

    /// <summary>Result of the vehicle, any JSON.</summary>
    public JsonElement? Result { get; init; }

    /// <summary>The result came after the server had ended the execution by itself.</summary>
    public required bool Late { get; init; }

    /// <summary>When it last changed.</summary>
    public required DateTime UpdatedAt { get; init; }

    public static ExecutionResponse From(ExecutionView execution) => new()
    {
        VehicleId = execution.VehicleId,
        State = execution.State,
        Attempt = execution.Attempt,
        Progress = execution.Progress,
        Code = execution.Code,
        Message = execution.Message,
        Result = execution.Result,
        Late = execution.IsLate,
        UpdatedAt = execution.UpdatedAt,
    };
}

/// <summary>A command as one of its vehicles has it.</summary>
/// <param name="Command">The command.</param>
/// <param name="Execution">What became of it here.</param>
internal sealed record VehicleCommandResponse(CommandResponse Command, ExecutionResponse Execution);
