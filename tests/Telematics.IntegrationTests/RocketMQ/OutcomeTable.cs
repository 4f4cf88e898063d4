using System.Collections.Concurrent;
using Telematics.Messaging;

namespace Telematics.IntegrationTests.RocketMQ;

/// <summary>Takes outcomes by the item of their token; a second one for an item is remembered as an error.</summary>
internal sealed class OutcomeTable : IAppendSink
{
    private readonly ConcurrentDictionary<long, AppendOutcome> _outcomes = new();
    private readonly SemaphoreSlim _came = new(0);
    private int _doubles;

    public IReadOnlyDictionary<long, AppendOutcome> Outcomes => _outcomes;

    /// <summary>Outcomes for items that had one.</summary>
    public int Doubles => _doubles;

    public void OnOutcomes(ReadOnlySpan<AppendOutcome> outcomes)
    {
        foreach (ref readonly var outcome in outcomes)
        {
            if (!_outcomes.TryAdd(outcome.Token.Item, outcome))
            {
                Interlocked.Increment(ref _doubles);
            }
        }

        _came.Release();
    }

    /// <summary>Waits until some came.</summary>
    public Task WaitForSomeAsync(CancellationToken cancellationToken) => _came.WaitAsync(TimeSpan.FromSeconds(1), cancellationToken);

    /// <summary>Waits until so many have come.</summary>
    public async Task WaitAsync(int count, CancellationToken cancellationToken)
    {
        for (var deadline = DateTime.UtcNow.AddMinutes(2); _outcomes.Count < count;)
        {
            if (DateTime.UtcNow > deadline)
            {
                throw new TimeoutException($"{_outcomes.Count} of {count} outcomes came.");
            }

            await WaitForSomeAsync(cancellationToken);
        }
    }
}
