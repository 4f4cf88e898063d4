namespace Telematics.Storage.Model;

/// <summary>The one message log that this database belongs to (a table of one row).</summary>
public sealed class LogIdentity
{
    public int Id { get; set; } = 1;

    public required string Identity { get; set; }

    public DateTime FirstSeenAt { get; set; }
}
