using System.Text.Json;
using Telematics.Storage.Model;

namespace Telematics.Commands.Operations;

/// <summary>A command for one vehicle as its supervisor sees it.</summary>
public sealed record ExecutionView
{
    public required string VehicleId { get; init; }

    public required ExecutionState State { get; init; }

    /// <summary>Number of the newest delivery attempt; 0 before the first.</summary>
    public required int Attempt { get; init; }

    /// <summary>Percent, as the car said.</summary>
    public required int? Progress { get; init; }

    /// <summary>Code of the car, or one of <see cref="ServerReasons"/>.</summary>
    public required string? Code { get; init; }

    public required string? Message { get; init; }

    /// <summary>Result of the car.</summary>
    public required JsonElement? Result { get; init; }

    /// <summary>The result came after the server had ended the execution by itself.</summary>
    public required bool IsLate { get; init; }

    public required DateTime UpdatedAt { get; init; }

    internal static ExecutionView Of(CommandExecution execution, string vehicleId) => new()
    {
        VehicleId = vehicleId,
        State = execution.State,
        Attempt = execution.Attempt,
        Progress = execution.Progress,
        Code = execution.Code,
        Message = execution.Message,
        Result = execution.Result is null ? null : CommandView.Parse(execution.Result),
        IsLate = execution.IsLate,
        UpdatedAt = execution.UpdatedAt,
    };
}
