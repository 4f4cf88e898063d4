namespace Telematics.Messaging.Staging;

/// <summary>Collects outcomes sink by sink, so that each sink is called once with many. One thread at a time; reused.</summary>
internal sealed class OutcomeCollector
{
    private readonly Dictionary<IAppendSink, int> _slotOfSink = new(ReferenceEqualityComparer.Instance);
    private readonly List<Slot> _slots = [];
    private Slot? _last;
    private int _used;

    public bool IsEmpty => _used == 0;

    public void Add(IAppendSink sink, in AppendOutcome outcome)
    {
        if (!ReferenceEquals(_last?.Sink, sink))
        {
            _last = Find(sink);
        }

        _last!.Add(outcome);
    }

    /// <summary>Calls every sink and empties the collector. A sink that throws is reported and does not harm the others.</summary>
    public void Deliver(Action<Exception> onFault)
    {
        for (var i = 0; i < _used; i++)
        {
            var slot = _slots[i];
            try
            {
                slot.Sink!.OnOutcomes(slot.Outcomes);
            }
#pragma warning disable CA1031 // the sink is the caller's; whatever it throws must not stop the log
            catch (Exception fault)
#pragma warning restore CA1031
            {
                onFault(fault);
            }

            slot.Clear();
        }

        _slotOfSink.Clear();
        _last = null;
        _used = 0;
    }

    private Slot Find(IAppendSink sink)
    {
        if (_slotOfSink.TryGetValue(sink, out var index))
        {
            return _slots[index];
        }

        if (_used == _slots.Count)
        {
            _slots.Add(new Slot());
        }

        _slotOfSink.Add(sink, _used);
        var slot = _slots[_used++];
        slot.Sink = sink;
        return slot;
    }

    private sealed class Slot
    {
        private AppendOutcome[] _outcomes = new AppendOutcome[4];
        private int _count;

        public IAppendSink? Sink { get; set; }

        public ReadOnlySpan<AppendOutcome> Outcomes => _outcomes.AsSpan(0, _count);

        public void Add(in AppendOutcome outcome)
        {
            if (_count == _outcomes.Length)
            {
                Array.Resize(ref _outcomes, _count * 2);
            }

            _outcomes[_count++] = outcome;
        }

        public void Clear()
        {
            Sink = null;
            _count = 0;
            if (_outcomes.Length > 4096)
            {
                _outcomes = new AppendOutcome[4];
            }
        }
    }
}
