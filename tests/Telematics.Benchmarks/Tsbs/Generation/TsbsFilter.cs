namespace Telematics.Benchmarks.Tsbs.Generation;

/// <summary>
/// Disturbs the points as TSBS does, in groups of ten: groups and points are lost or held back and come later, single
/// fields and tags are emptied.
/// </summary>
internal sealed class TsbsFilter(TsbsSettings settings)
{
    /// <summary>Points of a group.</summary>
    public const int GroupSize = 10;

    private const double GroupLost = 0.01;
    private const double GroupHeld = 0.05;
    private const double HeldGroupReturns = 0.5;
    private const double PointLost = 0.1;
    private const double PointHeld = 0.3;
    private const double HeldPointReturns = 0.5;
    private const double FieldEmptied = 0.1;
    private const double TagEmptied = 0.01;

    // A stream of its own: the filter's fate does not change the trucks' values.
    private readonly TsbsRandom _random = new(settings.Seed ^ 0x5DEECE66D);
    private readonly Queue<TsbsPoint[]> _heldGroups = new();
    private readonly Queue<TsbsPoint> _heldPoints = new();
    private readonly Plan[] _plan = new Plan[GroupSize];
    private TsbsPoint[] _group = [];
    private int _next;

    /// <summary>The trucks and their points before the filter.</summary>
    public TsbsFleet Fleet { get; } = new(settings);

    /// <summary>The next point; false at the end.</summary>
    public bool TryNext(out TsbsPoint point)
    {
        while (_next == _group.Length)
        {
            _next = 0;
            if (Fleet.IsFinished)
            {
                if (!TryTakeHeld(out _group))
                {
                    _group = [];
                    point = default;
                    return false;
                }
            }
            else
            {
                _group = NextGroup();
            }
        }

        point = _group[_next++];
        return true;
    }

    private bool TryTakeHeld(out TsbsPoint[] group)
    {
        if (_heldGroups.TryDequeue(out group!))
        {
            return true;
        }

        group = new TsbsPoint[Math.Min(GroupSize, _heldPoints.Count)];
        for (var i = 0; i < group.Length; i++)
        {
            group[i] = _heldPoints.Dequeue();
        }

        return group.Length > 0;
    }

    /// <summary>An empty group means that it was lost or held back.</summary>
    private TsbsPoint[] NextGroup()
    {
        if (_random.Chance(GroupLost))
        {
            for (var i = 0; i < GroupSize && Fleet.TryNext(out _); i++)
            {
            }

            return [];
        }

        var isHeld = _random.Chance(GroupHeld);
        var returns = _heldGroups.Count > 0 && _random.Chance(HeldGroupReturns);
        MakePlan();
        if (returns)
        {
            return _heldGroups.Dequeue();
        }

        var group = Fill();
        if (!isHeld)
        {
            return group;
        }

        if (group.Length > 0)
        {
            _heldGroups.Enqueue(group);
        }

        return [];
    }

    private void MakePlan()
    {
        var held = _heldPoints.Count;
        foreach (ref var plan in _plan.AsSpan())
        {
            plan = new Plan { EmptiedField = -1, EmptiedTag = -1 };
            if (held > 0 && _random.Chance(HeldPointReturns))
            {
                plan.TakesHeld = true;
                held--;
            }

            if (_random.Chance(PointLost))
            {
                plan.IsLost = true;
                continue;
            }

            if (_random.Chance(FieldEmptied))
            {
                plan.EmptiedField = _random.NextInt(TsbsSchema.ReadingsFields);
            }

            if (_random.Chance(TagEmptied))
            {
                plan.EmptiedTag = _random.NextInt(TsbsSchema.Tags.Length);
            }

            plan.IsHeld = _random.Chance(PointHeld);
        }
    }

    /// <summary>
    /// Fills the places of a group. What is lost or held moves the reading of the plan on but not the place, and the fields
    /// and tags to empty are those of the place: TSBS's own two ways of counting, which make its proportions.
    /// </summary>
    private TsbsPoint[] Fill()
    {
        var group = new TsbsPoint[GroupSize];
        var skipped = 0;
        for (var place = 0; place < GroupSize; place++)
        {
            if (Fleet.IsFinished || !TryFill(place, ref skipped, out var point))
            {
                return group[..place];
            }

            ref readonly var plan = ref _plan[place];
            if (plan.EmptiedField >= 0)
            {
                var fields = point.Table == TsbsTable.Readings ? TsbsSchema.ReadingsFields : TsbsSchema.DiagnosticsFields;
                point.Fields[plan.EmptiedField % fields] = double.NaN;
            }

            if (plan.EmptiedTag >= 0)
            {
                point.EmptiedTag = (sbyte)plan.EmptiedTag;
            }

            group[place] = point;
        }

        return group;
    }

    private bool TryFill(int place, ref int skipped, out TsbsPoint point)
    {
        while (true)
        {
            // Behind the plan's end nothing happens to a point.
            var plan = place + skipped < GroupSize ? _plan[place + skipped] : default;
            if (plan.TakesHeld)
            {
                point = _heldPoints.Dequeue();
            }
            else if (!Fleet.TryNext(out point))
            {
                return false;
            }

            if (plan.IsHeld)
            {
                _heldPoints.Enqueue(point);
            }
            else if (!plan.IsLost)
            {
                return true;
            }

            skipped++;
        }
    }

    private struct Plan
    {
        public bool TakesHeld;
        public bool IsLost;
        public bool IsHeld;
        public int EmptiedField;
        public int EmptiedTag;
    }
}
