namespace Telematics.Storage.Model;

/// <summary>A gateway instance as Commands knows it.</summary>
public sealed class GatewayInstance
{
    /// <summary>Random id, new at each start; primary key.</summary>
    public required string Instance { get; set; }

    public DateTime StartedAt { get; set; }

    /// <summary>Store time of its newest beat.</summary>
    public DateTime LastBeatAt { get; set; }

    /// <summary>Set for good when its end was read from the log.</summary>
    public DateTime? EndedAt { get; set; }
}
