using System.Text;

namespace Telematics.Api.Live;

/// <summary>
/// Follows vehicles for one reader, who calls <see cref="NextAsync"/> again and again. Nothing is queued for it: a batch
/// is made from the view when it is asked for, so a slow reader gets fewer and newer states, never a backlog, and costs a
/// bit for each vehicle in its rectangle and four bytes for each that changed since the batch before.
/// </summary>
internal sealed class LiveSubscription(LiveView view, TimeProvider clock, LiveFilter filter, string? token, TimeSpan interval)
{
    /// <summary>The most vehicles in one batch.</summary>
    public const int MaxBatch = 1_000;

    // Resuming into a rectangle names the vehicles that left it meanwhile; when these are more, everything comes again.
    private const int MaxLeftOnResume = 10_000;

    private readonly LiveBatch _batch = new();
    private readonly byte[][] _ids = [.. filter.VehicleIds.Select(Encoding.UTF8.GetBytes)];
    private readonly SlotSet _inside = new();
    private readonly List<int> _pending = [];
    private readonly List<string> _pendingLeft = [];
    private LiveState? _state;
    private string? _resume = token;
    private string? _token;
    private long _change;
    private long _lastCollected;
    private bool _isReset;

    /// <summary>
    /// Waits until it is time and answers what changed; after <paramref name="maxWait"/> an empty batch with a token, if
    /// only the token has moved or nothing has.
    /// </summary>
    public async ValueTask<LiveBatch> NextAsync(TimeSpan maxWait, CancellationToken cancellationToken)
    {
        _batch.Clear();
        while (HasPending)
        {
            if (Fill())
            {
                return _batch;
            }
        }

        var begin = clock.GetTimestamp();
        while (true)
        {
            if (_lastCollected != 0 && interval - clock.GetElapsedTime(_lastCollected) is { Ticks: > 0 } rest)
            {
                await Task.Delay(rest, clock, cancellationToken);
            }

            _lastCollected = clock.GetTimestamp();
            view.TryUse(this, static (state, subscription) => subscription.Collect(state));
            if (HasPending || _isReset || (_token is not null && clock.GetElapsedTime(begin) >= maxWait))
            {
                Fill();
                return _batch;
            }

            if (_token is null)
            {
                // No state yet: the view is being loaded.
                await Task.Delay(interval > TimeSpan.Zero ? interval : TimeSpan.FromMilliseconds(100), clock, cancellationToken);
            }
        }
    }

    private bool HasPending => _pending.Count > 0 || _pendingLeft.Count > 0;

    // Notes which vehicles the reader has to hear of; their states are read when they are handed over.
    private void Collect(LiveState state)
    {
        if (_state != state)
        {
            Begin(state);
        }
        else if (filter.Box is { } box)
        {
            var changed = new List<int>();
            state.FindChanged(_change, changed);
            foreach (var slot in changed)
            {
                CollectInBox(state, slot, box);
            }
        }
        else
        {
            CollectOfVehicles(state, _change);
        }

        _change = state.Change;
        _token = LiveToken.Create(state.LogIdentity, state.Positions);
    }

    private void Begin(LiveState state)
    {
        var isFirst = _state is null;
        _state = state;
        _inside.Clear();
        _pending.Clear();
        _pendingLeft.Clear();
        if (isFirst && TryResume(state))
        {
            return;
        }

        _isReset = true;
        if (filter.Box is { } box)
        {
            state.FindInBox(box, _pending, int.MaxValue);
            _pending.RemoveAll(slot => !state.IsIn(slot, box));
            _pending.ForEach(slot => _inside.Add(slot));
        }
        else
        {
            CollectOfVehicles(state, -1);
        }
    }

    private bool TryResume(LiveState state)
    {
        var changed = new List<int>();
        if (!LiveToken.TryParse(_resume, out var since, out var logHash) || !LiveToken.IsOfLog(logHash, state.LogIdentity) || !state.TryFindChanged(since, changed))
        {
            return false;
        }

        _resume = null;
        if (filter.Box is not { } box)
        {
            var known = changed.ToHashSet();
            CollectOfVehicles(state, -1);
            _pending.RemoveAll(slot => !known.Contains(slot));
            return true;
        }

        // Who was inside is not in the token, so each that changed and is outside now counts as having left.
        var left = changed.Where(slot => !state.IsIn(slot, box) && (state.Slots[slot].Flags & (LiveFlags.Registered | LiveFlags.Deleted)) != 0).ToList();
        if (left.Count > MaxLeftOnResume)
        {
            return false;
        }

        _pendingLeft.AddRange(left.Select(state.Slots.IdTextOf));
        state.FindInBox(box, _pending, int.MaxValue);
        _pending.RemoveAll(slot => !state.IsIn(slot, box));
        _pending.ForEach(slot => _inside.Add(slot));
        var isChanged = changed.ToHashSet();
        _pending.RemoveAll(slot => !isChanged.Contains(slot));
        return true;
    }

    private void CollectInBox(LiveState state, int slot, GeoBox box)
    {
        if (state.IsIn(slot, box))
        {
            _inside.Add(slot);
            _pending.Add(slot);
        }
        else if (_inside.Remove(slot))
        {
            _pendingLeft.Add(state.Slots.IdTextOf(slot));
        }
    }

    private void CollectOfVehicles(LiveState state, long after)
    {
        foreach (var id in _ids)
        {
            if (state.Slots.Find(id) is >= 0 and var slot && state.Slots[slot].Change > after)
            {
                var flags = state.Slots[slot].Flags;
                if ((flags & LiveFlags.Registered) != 0)
                {
                    _inside.Add(slot);
                    _pending.Add(slot);
                }
                else if (_inside.Remove(slot) || (flags & LiveFlags.Deleted) != 0)
                {
                    _pendingLeft.Add(state.Slots.IdTextOf(slot));
                }
            }
        }
    }

    // Moves up to a batch from what is pending; false when nothing came of it.
    private bool Fill()
    {
        _batch.IsReset = _isReset;
        _isReset = false;
        var left = Math.Min(_pendingLeft.Count, MaxBatch);
        _batch.Left.AddRange(_pendingLeft[..left]);
        _pendingLeft.RemoveRange(0, left);
        view.TryUse(this, static (state, subscription) => subscription.ReadPending(state));
        _batch.Token = HasPending ? null : _token;
        return _batch.IsReset || _batch.Changed.Count > 0 || _batch.Left.Count > 0 || !HasPending;
    }

    private void ReadPending(LiveState state)
    {
        if (_state != state)
        {
            _pending.Clear(); // the slots are those of a state that was replaced; the next call begins again
            return;
        }

        var count = Math.Min(_pending.Count, MaxBatch - _batch.Left.Count);
        foreach (var slot in _pending[^count..])
        {
            if (state.TryRead(slot, out var vehicle))
            {
                _batch.Changed.Add(vehicle);
            }
        }

        _pending.RemoveRange(_pending.Count - count, count);
    }
}
