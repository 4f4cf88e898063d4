using Telematics.Messaging;

namespace Telematics.Tests.Messaging;

/// <summary>Keeps all outcomes and lets a test wait for a number of them.</summary>
internal sealed class RecordingSink : IAppendSink
{
    private readonly Lock _gate = new();
    private readonly List<AppendOutcome> _outcomes = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> _waits = [];

    public int Calls { get; private set; }

    public AppendOutcome[] Outcomes
    {
        get
        {
            lock (_gate)
            {
                return [.. _outcomes];
            }
        }
    }

    public void OnOutcomes(ReadOnlySpan<AppendOutcome> outcomes)
    {
        lock (_gate)
        {
            Calls++;
            _outcomes.AddRange(outcomes);
            foreach (var wait in _waits)
            {
                if (wait.Count <= _outcomes.Count)
                {
                    wait.Reached.TrySetResult();
                }
            }
        }
    }

    /// <summary>Completes when so many outcomes have come.</summary>
    public async Task<AppendOutcome[]> WaitAsync(int count, CancellationToken cancellationToken)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_outcomes.Count >= count)
            {
                return [.. _outcomes];
            }

            _waits.Add((count, reached));
        }

        await reached.Task.WaitAsync(TimeSpan.FromSeconds(30), cancellationToken);
        return Outcomes;
    }
}
