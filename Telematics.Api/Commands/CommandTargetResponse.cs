using System.Text.Json;

namespace Telematics.Api.Commands;

/// <summary>Whom a command is for.</summary>
internal sealed record CommandTargetResponse
{
    /// <summary>Ids are shown up to this number; the executions name all.</summary>
    public const int MaxShown = 100;

    /// <summary>true: every vehicle that was registered when it was released.</summary>
    public bool? All { get; init; }

    /// <summary>These vehicles, the first 100 of them; the executions name all.</summary>
    public IReadOnlyList<string>? VehicleIds { get; init; }

    /// <summary>How many vehicles were named.</summary>
    public int? VehicleCount { get; init; }

    public static CommandTargetResponse From(JsonElement target) =>
        target.TryGetProperty("vehicleIds", out var ids) && ids.ValueKind == JsonValueKind.Array
            ? new CommandTargetResponse
            {
                VehicleIds = [.. ids.EnumerateArray().Take(MaxShown).Select(id => id.GetString()!)],
                VehicleCount = target.TryGetProperty("vehicleCount", out var count) ? count.GetInt32() : ids.GetArrayLength(),
            }
            : new CommandTargetResponse { All = true };
}
