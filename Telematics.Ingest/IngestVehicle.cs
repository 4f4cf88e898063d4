using Telematics.Storage;

namespace Telematics.Ingest;

/// <summary>A vehicle as one queue's ingest remembers it.</summary>
internal sealed class IngestVehicle(string id, long key, bool isDeleted)
{
    /// <summary>The id of the car.</summary>
    public string Id => id;

    /// <summary><see cref="Storage.Model.Vehicle.Id"/>; 0 = unknown.</summary>
    public long Key => key;

    /// <summary>Whether it is a tombstone.</summary>
    public bool IsDeleted => isDeleted;

    /// <summary>Whether <see cref="Counters"/> were read.</summary>
    public bool HasCounters { get; set; }

    /// <summary>The batch that last used <see cref="LatestIndex"/>.</summary>
    public long Batch { get; set; }

    /// <summary>Place of its row among the newest states of <see cref="Batch"/>.</summary>
    public int LatestIndex { get; set; }

    /// <summary>The duplicate counters, the batch under way included.</summary>
    public SequenceCounters Counters;
}
