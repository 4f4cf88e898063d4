namespace Telematics.Messaging;

/// <summary>
/// The highest number of each producer instance in one queue. A producer sends a batch again when its answer was lost, and
/// has one request in flight per queue; so a message whose number is not above the highest is a repeat.
/// </summary>
public sealed class RepeatDetector
{
    private readonly Dictionary<ProducerInstance, long> _committed = [];
    private readonly Dictionary<ProducerInstance, long> _underWay = [];

    /// <summary>What the batch under way changes.</summary>
    public IReadOnlyDictionary<ProducerInstance, long> UnderWay => _underWay;

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _committed.Clear();
        _underWay.Clear();
    }

    /// <summary>Takes what the database has.</summary>
    public void Load(ProducerInstance instance, long number) => _committed[instance] = number;

    /// <summary>Marks the repeats of a batch.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="queueCount">Queues of the topic: a message in another queue than its key's is taken, but not judged.</param>
    /// <param name="marks">Gets the marks.</param>
    /// <returns>How many repeats there are.</returns>
    public int Judge(MessageBatch batch, int queueCount, RepeatMarks marks)
    {
        _underWay.Clear();
        marks.Reset(batch.Count);
        var repeats = 0;
        for (var i = 0; i < batch.Count; i++)
        {
            var message = batch[i];
            if (message.ProducerInstance.Length != ProducerInstance.Length
                || QueueSelector.Select(message.Key, queueCount) != batch.Queue.Index)
            {
                continue;
            }

            var instance = ProducerInstance.Read(message.ProducerInstance);
            if (!_underWay.TryGetValue(instance, out var highest) && !_committed.TryGetValue(instance, out highest))
            {
                highest = -1;
            }

            if (message.ProducerNumber <= highest)
            {
                marks.Mark(i);
                repeats++;
            }
            else
            {
                _underWay[instance] = message.ProducerNumber;
            }
        }

        return repeats;
    }

    /// <summary>There is no batch under way.</summary>
    public void Discard() => _underWay.Clear();

    /// <summary>The batch under way was committed.</summary>
    public void Accept()
    {
        foreach (var (instance, number) in _underWay)
        {
            _committed[instance] = number;
        }

        _underWay.Clear();
    }
}
