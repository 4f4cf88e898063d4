using System.Text.Json.Serialization;
using Telematics.Contracts;
using Telematics.Storage.Model;

namespace Telematics.Api.Erasures;

/// <summary>The erasure of everything that is known of one vehicle, as an operation.</summary>
internal sealed record ErasureResponse
{
    /// <summary>The erasure.</summary>
    public required Guid Id { get; init; }

    /// <summary>The vehicle.</summary>
    public required string VehicleId { get; init; }

    /// <summary>Whether it is under way; it goes on by itself, also after a restart.</summary>
    [JsonConverter(typeof(CamelCaseEnumConverter<ErasureState>))]
    public required ErasureState State { get; init; }

    /// <summary>What is erased at the moment; absent when it is completed.</summary>
    [JsonConverter(typeof(CamelCaseEnumConverter<ErasureStep>))]
    public ErasureStep? Step { get; init; }

    /// <summary>Rows erased so far.</summary>
    public required ErasedRows Rows { get; init; }

    /// <summary>Name of the API key that asked for it, or <c>anonymous</c>.</summary>
    public required string RequestedBy { get; init; }

    /// <summary>When it was asked for: from then on nothing of the vehicle is shown or stored.</summary>
    public required DateTime RequestedAt { get; init; }

    /// <summary>When the last row was gone; absent before.</summary>
    public DateTime? CompletedAt { get; init; }

    /// <summary>How often it failed so far; it is tried again by itself, at the latest after an hour.</summary>
    public required int Failures { get; init; }

    /// <summary>Why it failed the last time; absent when it never did, or is completed.</summary>
    public string? LastFailure { get; init; }

    /// <summary>When it is tried again after a failure; absent like <c>lastFailure</c>.</summary>
    public DateTime? RetryAt { get; init; }

    /// <summary>Until when the message log may hold copies of what the vehicle sent before the request; absent when that is not known, see <c>logCopies</c>.</summary>
    public DateTime? LogCopiesUntil { get; init; }

    /// <summary>What holds of copies in the message log.</summary>
    public required string LogCopies { get; init; }

    /// <summary>What stays in the database.</summary>
    public required string Remains { get; init; }

    public static ErasureResponse From(Erasure erasure, TimeSpan? longestRetention) => new()
    {
        Id = erasure.Id,
        VehicleId = erasure.VehicleId,
        State = erasure.State,
        Step = erasure.State == ErasureState.Running ? erasure.Step : null,
        Rows = new ErasedRows(erasure.TelemetryRows, erasure.RollupRows, erasure.CommandRows, erasure.RejectedRows),
        RequestedBy = erasure.RequestedBy,
        RequestedAt = erasure.RequestedAt,
        CompletedAt = erasure.CompletedAt,
        Failures = erasure.Failures,
        LastFailure = erasure.LastFailure,
        RetryAt = erasure.RetryAt,
        LogCopiesUntil = erasure.RequestedAt + longestRetention,
        LogCopies = longestRetention is null
            ? "The message log does not tell how long it keeps messages; ask who runs it. What the vehicle sent is there for as long, and nobody reads it."
            : "What the vehicle sent before the request stays in the message log until logCopiesUntil, where nobody reads it. What it sends after the request is refused, and stays there for as long.",
        Remains = $"The vehicle id '{erasure.VehicleId}' as a tombstone, by which late messages are refused until the vehicle is registered anew, in this operation, and in the numbered changes of the registry.",
    };
}

/// <summary>Rows that an erasure has deleted so far.</summary>
/// <param name="Telemetry">Samples of the history.</param>
/// <param name="Rollups">Sums of minutes and hours.</param>
/// <param name="Commands">Executions of commands and their events, and commands for this vehicle alone.</param>
/// <param name="Rejected">Messages that had been rejected.</param>
internal sealed record ErasedRows(long Telemetry, long Rollups, long Commands, long Rejected);
