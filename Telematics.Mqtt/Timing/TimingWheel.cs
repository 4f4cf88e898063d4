namespace Telematics.Mqtt.Timing;

/// <summary>
/// Deadlines of many connections, in one array without an object or a timer for each: adding, cancelling and moving one
/// is O(1). One thread. An entry is handed out at the first <see cref="Advance"/> at or after the end of the slot in
/// which its deadline lies: never early, and late by at most one slot beyond the interval between calls.
/// </summary>
/// <typeparam name="TState">What the entry is about, for example slot and generation of a connection and the kind of deadline.</typeparam>
public sealed class TimingWheel<TState>
{
    private readonly long _ticksPerSlot;
    private readonly int _slotCount;

    // The first entries are the heads of the slots' rings, then one for those being handed out, then the real ones.
    private readonly int _firing;
    private Entry[] _entries;
    private int _used;
    private int _free = -1;
    private long _next;

    // Slots that are over and not yet looked at.
    private long _firstOver;
    private long _slotsOver;

    /// <summary>An empty wheel.</summary>
    /// <param name="startTicks">The time now, in the unit that all calls use.</param>
    /// <param name="ticksPerSlot">Width of a slot in that unit.</param>
    /// <param name="slotCount">Number of slots; deadlines farther away than one turn are looked at once a turn.</param>
    public TimingWheel(long startTicks, long ticksPerSlot, int slotCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(startTicks);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ticksPerSlot);
        ArgumentOutOfRangeException.ThrowIfLessThan(slotCount, 2);
        _ticksPerSlot = ticksPerSlot;
        _slotCount = slotCount;
        _firing = slotCount;
        _next = startTicks / ticksPerSlot;
        _entries = new Entry[slotCount + 1 + 64];
        for (_used = 0; _used <= slotCount; _used++)
        {
            _entries[_used].Next = _used;
            _entries[_used].Previous = _used;
        }
    }

    /// <summary>Number of entries.</summary>
    public int Count { get; private set; }

    /// <summary>Adds an entry; one that is already due comes with the next slot's end.</summary>
    public TimerHandle Add(long dueTicks, TState state)
    {
        var index = _free;
        if (index >= 0)
        {
            _free = _entries[index].Next;
        }
        else
        {
            if (_used == _entries.Length)
            {
                Array.Resize(ref _entries, _entries.Length * 2);
            }

            index = _used++;
            _entries[index].Generation = 1;
        }

        ref var entry = ref _entries[index];
        entry.IsLinked = true;
        entry.Due = dueTicks;
        entry.State = state;
        Link(index);
        Count++;
        return new TimerHandle(index, entry.Generation);
    }

    /// <summary>Removes an entry; false when it was handed out or cancelled before.</summary>
    public bool Cancel(TimerHandle handle)
    {
        if (!IsAlive(handle))
        {
            return false;
        }

        Unlink(handle.Index);
        Release(handle.Index);
        return true;
    }

    /// <summary>
    /// Moves an entry; false when it was handed out or cancelled before. Later is only noted, and looked at when the old
    /// slot comes: a keep-alive that is moved by each packet touches one number.
    /// </summary>
    public bool Reschedule(TimerHandle handle, long dueTicks)
    {
        if (!IsAlive(handle))
        {
            return false;
        }

        ref var entry = ref _entries[handle.Index];
        var isEarlier = dueTicks < entry.Due;
        entry.Due = dueTicks;
        if (isEarlier)
        {
            Unlink(handle.Index);
            Link(handle.Index);
        }

        return true;
    }

    /// <summary>Whether the last <see cref="Advance"/> left something for the next one.</summary>
    public bool IsBehind => _slotsOver > 0 || _entries[_firing].Next != _firing;

    /// <summary>
    /// Hands out everything whose slot is over, or so much of it that <paramref name="most"/> entries were looked at: the
    /// rest comes first at the next call. Time never goes back: an earlier time is ignored.
    /// </summary>
    /// <returns>How many were handed out.</returns>
    public int Advance<TSink>(long nowTicks, ref TSink sink, int most = int.MaxValue)
        where TSink : ITimerSink<TState>, allows ref struct
    {
        var end = nowTicks / _ticksPerSlot;
        if (end > _next)
        {
            if (_slotsOver == 0)
            {
                _firstOver = _next;
            }

            // After a long pause each slot is looked at once.
            _slotsOver = Math.Min(_slotsOver + end - _next, _slotCount);
            _next = end;
        }

        var fired = 0;
        for (var looked = 0; looked < most && TryTakeOver(out var index); looked++)
        {
            ref var entry = ref _entries[index];
            if (entry.Due / _ticksPerSlot >= _next)
            {
                Link(index);
                continue;
            }

            var state = entry.State;
            var handle = new TimerHandle(index, entry.Generation);
            Release(index);
            fired++;
            sink.OnDue(handle, state);
        }

        return fired;
    }

    /// <summary>Unlinks the next entry of a slot that is over.</summary>
    private bool TryTakeOver(out int index)
    {
        while (_entries[_firing].Next == _firing)
        {
            if (_slotsOver == 0)
            {
                index = -1;
                return false;
            }

            MoveRing((int)(_firstOver % _slotCount));
            _firstOver++;
            _slotsOver--;
        }

        index = _entries[_firing].Next;
        Unlink(index);
        return true;
    }

    private bool IsAlive(TimerHandle handle) =>
        handle.Index > _firing && handle.Index < _used
        && _entries[handle.Index].Generation == handle.Generation && _entries[handle.Index].IsLinked;

    private void Link(int index)
    {
        var slot = (int)(Math.Max(_entries[index].Due / _ticksPerSlot, _next) % _slotCount);
        var last = _entries[slot].Previous;
        _entries[index].Next = slot;
        _entries[index].Previous = last;
        _entries[last].Next = index;
        _entries[slot].Previous = index;
    }

    private void Unlink(int index)
    {
        ref var entry = ref _entries[index];
        _entries[entry.Previous].Next = entry.Next;
        _entries[entry.Next].Previous = entry.Previous;
    }

    /// <summary>Takes a whole slot aside, so that what is linked meanwhile, even into this slot, is not met again.</summary>
    private void MoveRing(int slot)
    {
        ref var head = ref _entries[slot];
        if (head.Next == slot)
        {
            return;
        }

        ref var firing = ref _entries[_firing];
        firing.Next = head.Next;
        firing.Previous = head.Previous;
        _entries[firing.Next].Previous = _firing;
        _entries[firing.Previous].Next = _firing;
        head.Next = slot;
        head.Previous = slot;
    }

    private void Release(int index)
    {
        ref var entry = ref _entries[index];
        entry.State = default!;
        entry.IsLinked = false;
        entry.Generation = entry.Generation == int.MaxValue ? 1 : entry.Generation + 1;
        entry.Next = _free;
        _free = index;
        Count--;
    }

    private struct Entry
    {
        public int Next;
        public int Previous;
        public int Generation;
        public bool IsLinked;
        public long Due;
        public TState State;
    }
}
