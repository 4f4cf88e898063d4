using System.Text.Json;
using System.Text.Json.Serialization;
using Telematics.Commands.Operations;
using Telematics.Contracts;
using Telematics.Storage.Model;

namespace Telematics.Api.Commands;

/// <summary>A command.</summary>
internal sealed record CommandResponse
{
    /// <summary>Its id.</summary>
    public required Guid Id { get; init; }

    /// <summary>Growing order number: of two commands of one type a vehicle obeys the one with the greater number.</summary>
    public required long Order { get; init; }

    /// <summary>Type from the catalogue.</summary>
    public required string Type { get; init; }

    /// <summary>Parameters.</summary>
    public required JsonElement Parameters { get; init; }

    /// <summary>Whom it is for.</summary>
    public required CommandTargetResponse Target { get; init; }

    /// <summary>How far it is.</summary>
    [JsonConverter(typeof(CamelCaseEnumConverter<CommandState>))]
    public required CommandState State { get; init; }

    /// <summary>When it was ordered.</summary>
    public required DateTime CreatedAt { get; init; }

    /// <summary>Name of the API key that ordered it.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>End of its time to live.</summary>
    public required DateTime NotAfter { get; init; }

    /// <summary>When its last execution ended; absent before.</summary>
    public DateTime? CompletedAt { get; init; }

    /// <summary>Its executions by state.</summary>
    public required CommandCountsResponse Counts { get; init; }

    public static CommandResponse From(CommandView command) => new()
    {
        Id = command.Id,
        Order = command.Order,
        Type = command.Type,
        Parameters = command.Parameters,
        Target = CommandTargetResponse.From(command.Target),
        State = command.State,
        CreatedAt = command.CreatedAt,
        CreatedBy = command.CreatedBy,
        NotAfter = command.NotAfter,
        CompletedAt = command.CompletedAt,
        Counts = CommandCountsResponse.From(command.Counts),
    };
}
