namespace Telematics.Storage.Model;

/// <summary>One arrow of one execution, with who or what caused it.</summary>
public sealed class CommandEvent
{
    public long Id { get; set; }

    /// <summary><see cref="Command.Order"/>.</summary>
    public long CommandOrder { get; set; }

    /// <summary><see cref="Vehicle.Id"/>; null for an event of the command as a whole.</summary>
    public long? VehicleKey { get; set; }

    public ExecutionState? From { get; set; }

    public ExecutionState? To { get; set; }

    /// <summary>API key, <c>vehicle</c>, <c>gateway:{instance}</c> or <c>commands</c>.</summary>
    public required string Actor { get; set; }

    /// <summary>One word or a code.</summary>
    public string? Reason { get; set; }

    public int Attempt { get; set; }

    public DateTime At { get; set; }
}
