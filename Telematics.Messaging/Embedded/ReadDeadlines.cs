namespace Telematics.Messaging.Embedded;

/// <summary>Ends waits whose time is over: one timer for all readers, set to the earliest deadline.</summary>
internal sealed class ReadDeadlines : IDisposable
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly List<ReadWait> _waits = [];
    private readonly ITimer _timer;
    private long _armedFor = long.MaxValue;

    public ReadDeadlines(TimeProvider time)
    {
        _time = time;
        _timer = time.CreateTimer(_ => OnTimer(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Add(ReadWait wait)
    {
        lock (_gate)
        {
            wait.Place = _waits.Count;
            _waits.Add(wait);
            if (wait.Deadline < _armedFor)
            {
                SetTimer(wait.Deadline);
            }
        }
    }

    public void Remove(ReadWait wait)
    {
        lock (_gate)
        {
            if (wait.Place < 0)
            {
                return;
            }

            var last = _waits[^1];
            _waits[wait.Place] = last;
            last.Place = wait.Place;
            _waits.RemoveAt(_waits.Count - 1);
            wait.Place = -1;
        }
    }

    public void Dispose() => _timer.Dispose();

    private void OnTimer()
    {
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            var next = long.MaxValue;
            foreach (var wait in _waits)
            {
                if (wait.Deadline <= now)
                {
                    wait.Complete();
                }
                else
                {
                    next = Math.Min(next, wait.Deadline);
                }
            }

            SetTimer(next);
        }
    }

    private void SetTimer(long deadline)
    {
        _armedFor = deadline;
        if (deadline == long.MaxValue)
        {
            return;
        }

        // Rounded up: a timer that fires before its deadline would find nothing due and be set again.
        var due = _time.GetElapsedTime(_time.GetTimestamp(), deadline);
        _timer.Change(due > TimeSpan.Zero ? due + TimeSpan.FromMilliseconds(1) : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
