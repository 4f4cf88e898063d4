namespace Telematics.Benchmarks.MessageLog;

/// <summary>A way to keep queues on disk, reduced to what decides between them: group commit and reading back.</summary>
internal interface ILogCandidate : IDisposable
{
    string Name { get; }

    /// <summary>Stores one group: <paramref name="messages"/> bodies spread over the queues. Returns when it survives the death of the process.</summary>
    void Append(int messages);

    /// <summary>Reads every queue from its beginning to its end and returns the number of messages seen.</summary>
    long ReadBack();
}
