using System.Text.Json;
using Telematics.Contracts;
using Telematics.Contracts.Commands;
using Telematics.Storage.Model;

namespace Telematics.Commands.Dispatch;

/// <summary>A command as cars receive it; the body is the same for all of them.</summary>
internal sealed class CommandMessage
{
    private readonly byte[] _body;

    /// <inheritdoc cref="CommandMessage"/>
    public CommandMessage(Command command)
    {
        IdText = command.Id.ToString("D");
        NotAfter = DateTime.SpecifyKind(command.NotAfter, DateTimeKind.Utc);
        using var parameters = JsonDocument.Parse(command.Parameters);
        _body = JsonSerializer.SerializeToUtf8Bytes(
            new VehicleCommand
            {
                CommandId = command.Id,
                Order = command.Order,
                Type = command.Type,
                Parameters = parameters.RootElement,
                NotAfter = new DateTimeOffset(NotAfter),
                IssuedAt = new DateTimeOffset(DateTime.SpecifyKind(command.CreatedAt, DateTimeKind.Utc)),
            },
            ContractsJson.Default.VehicleCommand);
    }

    /// <summary>The id, in lower case with hyphens.</summary>
    public string IdText { get; }

    /// <summary>Not to be delivered after.</summary>
    public DateTime NotAfter { get; }

    /// <summary>The payload.</summary>
    public ReadOnlySpan<byte> Body => _body;
}
