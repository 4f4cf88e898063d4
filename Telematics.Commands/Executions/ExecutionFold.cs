namespace Telematics.Commands.Executions;

/// <summary>Several changes of one execution that are written as one.</summary>
internal sealed class ExecutionFold
{
    private readonly ExecutionRow _row;
    private readonly List<ExecutionChange> _steps = [];

    /// <inheritdoc cref="ExecutionFold"/>
    /// <param name="row">The execution as it was read.</param>
    public ExecutionFold(ExecutionRow row)
    {
        _row = row;
        Current = row;
    }

    /// <summary>The execution as it is after the steps so far.</summary>
    public ExecutionRow Current { get; private set; }

    /// <summary>The arrows, each from where the one before led.</summary>
    public IReadOnlyList<ExecutionChange> Steps => _steps;

    /// <summary>Adds a step.</summary>
    public void Add(ExecutionChange change)
    {
        _steps.Add(change);
        Current = Current with { State = change.To, IsSoft = change.Arrow.IsSoft };
    }

    /// <summary>All steps as one change of the row as it was read.</summary>
    public ExecutionChange Merge()
    {
        var last = _steps[^1];
        return last with
        {
            Row = _row,
            Arrow = last.Arrow with { IsLate = last.Arrow.IsLate || _steps.Exists(step => step.Arrow.IsLate) },
            Words = _steps.Exists(step => step.Words is not null) ? MergeWords() : null,
        };
    }

    private CarWords MergeWords()
    {
        var words = _steps.Select(step => step.Words).OfType<CarWords>().ToList();
        return new CarWords(
            words.LastOrDefault(word => word.Progress is not null)?.Progress,
            words.LastOrDefault(word => word.Message is not null)?.Message,
            words.LastOrDefault(word => word.Result is not null)?.Result);
    }
}
