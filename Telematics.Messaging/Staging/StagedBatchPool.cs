using System.Collections.Concurrent;

namespace Telematics.Messaging.Staging;

/// <summary>Keeps a bounded number of empty batches with their buffers.</summary>
internal static class StagedBatchPool
{
    private const int Kept = 64;
    private static readonly ConcurrentQueue<StagedBatch> Free = new();

    public static StagedBatch Rent() => Free.TryDequeue(out var batch) ? batch : new StagedBatch();

    public static void Return(StagedBatch batch)
    {
        batch.Reset();
        if (Free.Count < Kept)
        {
            Free.Enqueue(batch);
        }
        else
        {
            batch.Release();
        }
    }
}
