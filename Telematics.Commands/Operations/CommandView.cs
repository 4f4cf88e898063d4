using System.Text.Json;
using Telematics.Storage.Model;

namespace Telematics.Commands.Operations;

/// <summary>A command as its supervisor sees it.</summary>
public sealed record CommandView
{
    /// <summary>Public id.</summary>
    public required Guid Id { get; init; }

    /// <summary>Growing order number.</summary>
    public required long Order { get; init; }

    public required string Type { get; init; }

    public required JsonElement Parameters { get; init; }

    /// <summary>The target as it was ordered: <c>{"all":true}</c>, <c>{"vehicleIds":[…]}</c>, or for more than 100 <c>{"vehicleIds":[the first 100],"vehicleCount":n}</c>.</summary>
    public required JsonElement Target { get; init; }

    public required CommandState State { get; init; }

    public required DateTime CreatedAt { get; init; }

    public required string CreatedBy { get; init; }

    /// <summary>End of the time to live.</summary>
    public required DateTime NotAfter { get; init; }

    /// <summary>When the last execution came to its end; null before.</summary>
    public required DateTime? CompletedAt { get; init; }

    public required CommandCounts Counts { get; init; }

    internal static CommandView Of(Command command) => new()
    {
        Id = command.Id,
        Order = command.Order,
        Type = command.Type,
        Parameters = Parse(command.Parameters),
        Target = Parse(command.Target),
        State = command.State,
        CreatedAt = command.CreatedAt,
        CreatedBy = command.CreatedBy,
        NotAfter = command.NotAfter,
        CompletedAt = command.CompletedAt,
        Counts = new CommandCounts(
            command.CountCreated,
            command.CountQueued,
            command.CountSent,
            command.CountDelivered,
            command.CountAccepted,
            command.CountInProgress,
            command.CountSucceeded,
            command.CountFailed,
            command.CountRejected,
            command.CountExpired,
            command.CountTimedOut,
            command.CountCanceled),
    };

    internal static JsonElement Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}
