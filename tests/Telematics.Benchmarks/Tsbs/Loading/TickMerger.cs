using System.Diagnostics.CodeAnalysis;
using Telematics.Benchmarks.Tsbs.Generation;

namespace Telematics.Benchmarks.Tsbs.Loading;

/// <summary>
/// Puts the readings and the diagnostics of a truck's tick into one row, where both exist: a car sends what it measures at
/// one time in one sample. A tick stays open until the points are far beyond it; a point that comes later still makes a
/// row of its own.
/// </summary>
internal sealed class TickMerger(int scale)
{
    /// <summary>TSBS's filter moves 99 % of the late points by no more than 64 and the latest one by some 160.</summary>
    private const int Patience = 1_000;

    private readonly Queue<Tick> _open = new();
    private readonly Stack<Tick> _free = new();
    private long _ended = -1;

    /// <summary>Points that came after their tick was closed.</summary>
    public long Late { get; private set; }

    /// <summary>Takes a point; rows of ticks that it closes are added to a list.</summary>
    public void Add(long vehicle, in TsbsPoint point, List<MergedRow> rows)
    {
        var number = point.Number / (2L * scale);
        while (_open.TryPeek(out var first) && point.Number - Patience >= (first.Number + 1) * 2 * scale)
        {
            Close(rows);
        }

        if (number <= _ended)
        {
            Late++;
            var row = new MergedRow { Vehicle = vehicle, Time = point.Time };
            row.Add(in point);
            rows.Add(row);
            return;
        }

        ref var merged = ref Find(number).Rows[point.Truck];
        merged.Vehicle = vehicle;
        merged.Time = point.Time;
        merged.Add(in point);
    }

    /// <summary>Closes all ticks.</summary>
    public void Finish(List<MergedRow> rows)
    {
        while (_open.Count > 0)
        {
            Close(rows);
        }
    }

    private Tick Find(long number)
    {
        Tick? last = null;
        foreach (var tick in _open)
        {
            if (tick.Number == number)
            {
                return tick;
            }

            last = tick;
        }

        // Ticks without a gap, so that the first one is the oldest.
        for (var next = last is null ? _ended + 1 : last.Number + 1; ; next++)
        {
            if (!_free.TryPop(out var tick))
            {
                tick = new Tick(scale);
            }

            tick.Number = next;
            _open.Enqueue(tick);
            if (next == number)
            {
                return tick;
            }
        }
    }

    private void Close(List<MergedRow> rows)
    {
        var tick = _open.Dequeue();
        _ended = tick.Number;
        foreach (ref var row in tick.Rows.AsSpan())
        {
            if (row.HasReadings || row.HasDiagnostics)
            {
                rows.Add(row);
                row = default;
            }
        }

        _free.Push(tick);
    }

    private sealed class Tick(int scale)
    {
        public long Number { get; set; }

        public MergedRow[] Rows { get; } = new MergedRow[scale];
    }
}

/// <summary>What a truck has measured at one time.</summary>
[SuppressMessage("Performance", "CA1815", Justification = "Rows are not compared.")]
internal struct MergedRow
{
    public long Vehicle;
    public long Time;
    public bool HasReadings;
    public bool HasDiagnostics;
    public TsbsFields Readings;
    public double FuelState;
    public double CurrentLoad;
    public double Status;

    public void Add(in TsbsPoint point)
    {
        if (point.Table == TsbsTable.Readings)
        {
            HasReadings = true;
            Readings = point.Fields;
            return;
        }

        HasDiagnostics = true;
        FuelState = point.Fields[TsbsSchema.FuelState];
        CurrentLoad = point.Fields[TsbsSchema.CurrentLoad];
        Status = point.Fields[TsbsSchema.Status];
    }
}
