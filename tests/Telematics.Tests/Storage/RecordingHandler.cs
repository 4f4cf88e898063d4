using System.Text;
using Telematics.Messaging;
using Telematics.Storage;
using Telematics.Storage.Model;

namespace Telematics.Tests.Storage;

/// <summary>Writes one <c>gateway_instance</c> row a message (its id: the body), so that the test sees what was committed.</summary>
public sealed class RecordingHandler : IQueueBatchHandler
{
    private readonly Lock _lock = new();

    /// <summary>Called before a message is applied; what it throws fails the transaction.</summary>
    public Action<string>? BeforeMessage { get; set; }

    /// <summary>Called after the batch was applied, before the commit.</summary>
    public Func<Task>? BeforeCommit { get; set; }

    public List<QueuePosition> Committed { get; } = [];

    public int Resets { get; private set; }

    public int Prepared { get; private set; }

    public void Prepare(MessageBatch batch) => Prepared++;

    public async ValueTask ApplyAsync(MessageBatch batch, IReadOnlyList<bool> isRepeat, WriteSession session, CancellationToken cancellationToken)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            if (isRepeat[i])
            {
                continue;
            }

            var body = Encoding.UTF8.GetString(batch[i].Body);
            BeforeMessage?.Invoke(body);
            session.Db.GatewayInstances.Add(new GatewayInstance { Instance = body });
        }

        await session.Db.SaveChangesAsync(cancellationToken);
        if (BeforeCommit is not null)
        {
            await BeforeCommit();
        }
    }

    public void OnCommitted(MessageQueue queue, QueuePosition position)
    {
        lock (_lock)
        {
            Committed.Add(position);
        }
    }

    public void OnReset(MessageQueue queue)
    {
        lock (_lock)
        {
            Resets++;
        }
    }
}
