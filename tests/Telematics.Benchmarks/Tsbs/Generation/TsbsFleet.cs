namespace Telematics.Benchmarks.Tsbs.Generation;

/// <summary>All points before the filter: for each tick the readings of all trucks, then the diagnostics of all trucks.</summary>
internal sealed class TsbsFleet
{
    private readonly TsbsTruck[] _trucks;
    private readonly long _points;
    private readonly long _interval;
    private long _number;
    private long _time = TsbsSettings.Start;
    private int _truck;
    private TsbsTable _table;

    public TsbsFleet(TsbsSettings settings)
    {
        var random = new TsbsRandom(settings.Seed);
        _trucks = [.. Enumerable.Range(0, settings.Scale).Select(number => new TsbsTruck(number, random))];
        _points = settings.GeneratedPoints;
        _interval = settings.Interval.Ticks / TimeSpan.TicksPerMicrosecond;
    }

    /// <summary>The trucks by number.</summary>
    public IReadOnlyList<TsbsTruck> Trucks => _trucks;

    /// <summary>Whether there are no more points.</summary>
    public bool IsFinished => _number == _points;

    /// <summary>The next point; false at the end.</summary>
    public bool TryNext(out TsbsPoint point)
    {
        point = default;
        if (IsFinished)
        {
            return false;
        }

        if (_truck == _trucks.Length)
        {
            _truck = 0;
            if (_table == TsbsTable.Readings)
            {
                _table = TsbsTable.Diagnostics;
            }
            else
            {
                _table = TsbsTable.Readings;
                Advance();
            }
        }

        point.Truck = _truck;
        point.Table = _table;
        point.EmptiedTag = -1;
        point.Time = _time;
        point.Number = _number++;
        _trucks[_truck++].Read(_table, ref point.Fields);
        return true;
    }

    private void Advance()
    {
        _time += _interval;
        foreach (var truck in _trucks)
        {
            truck.Advance();
        }
    }
}
