using System.Text.Json.Serialization;

namespace Telematics.Contracts.Commands;

/// <summary>One message on <see cref="TopicNames.CommandReceipt"/>: what a gateway did with commands, many at once; JSON in camel case.</summary>
/// <param name="Instance">The gateway instance.</param>
/// <param name="Receipts">The receipts in the order in which things happened.</param>
public sealed record CommandReceipts(string Instance, IReadOnlyList<CommandReceipt> Receipts);

/// <summary>What became of one command for one car.</summary>
public sealed record CommandReceipt
{
    /// <summary>What happened.</summary>
    public required CommandReceiptKind Kind { get; init; }

    /// <summary>The command.</summary>
    public required Guid CommandId { get; init; }

    /// <summary>The vehicle.</summary>
    public required string VehicleId { get; init; }

    /// <summary>The attempt that the message on the command topic carried.</summary>
    public required int Attempt { get; init; }

    /// <summary>The channel it was written to; absent with <see cref="CommandReceiptKind.NotHere"/>.</summary>
    public string? ChannelId { get; init; }

    /// <summary>With <see cref="CommandReceiptKind.Refused"/>: the MQTT 5 reason code of the PUBACK.</summary>
    public int? ReasonCode { get; init; }
}

/// <summary>Kinds of receipts.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<CommandReceiptKind>))]
public enum CommandReceiptKind
{
    /// <summary>Written to the car's connection.</summary>
    Sent,

    /// <summary>The car answered PUBACK.</summary>
    Delivered,

    /// <summary>The car answered PUBACK with a reason code of 0x80 or above.</summary>
    Refused,

    /// <summary>The car is not connected here (only for messages with one's own tag).</summary>
    NotHere,

    /// <summary>Withdrawn before it was written.</summary>
    Withdrawn,
}
