using System.Text;
using Telematics.Contracts.Presence;
using Telematics.Contracts.Telemetry;
using Telematics.Messaging;

namespace Telematics.Api.Live;

/// <summary>
/// The newest state of every vehicle, and the rules by which it changes. Plain data: whoever uses it holds the lock of
/// the <see cref="LiveView"/>, or is its only user.
/// </summary>
internal sealed class LiveState
{
    // Vehicles that nobody registered are remembered until the registry names them; more than so many are not.
    private const int MaxUnregistered = 200_000;
    private const int MaxRegistryChanges = 100_000;

    private readonly bool _autoRegister;
    private readonly PositionGrid _grid;
    private readonly GatewayInstances _instances = new();
    private readonly Queue<(long Number, int Slot)> _registryChanges = new();
    private readonly long _firstRegistry;
    private readonly long[] _firstEvents;
    private int _oldestChange = -1;
    private int _newestChange = -1;
    private int _registered;
    private int _online;

    /// <summary>An empty state.</summary>
    /// <param name="logIdentity">The log whose offsets it has.</param>
    /// <param name="positions">Where it stands; the arrays become the state's.</param>
    /// <param name="autoRegister">Whether telemetry of an unknown vehicle registers it, so that its state is worth keeping.</param>
    public LiveState(string logIdentity, LivePositions positions, bool autoRegister)
    {
        LogIdentity = logIdentity;
        Positions = positions;
        _autoRegister = autoRegister;
        _firstRegistry = positions.Registry;
        _firstEvents = [.. positions.Events];
        _grid = new PositionGrid(Slots);
        TelemetryRepeats = [.. positions.Telemetry.Select(_ => new RepeatDetector())];
        EventRepeats = [.. positions.Events.Select(_ => new RepeatDetector())];
    }

    public string LogIdentity { get; }

    /// <summary>How far it has come.</summary>
    public LivePositions Positions { get; private set; }

    /// <summary>The producers' numbers up to <see cref="Positions"/>, by queue of <c>telemetry</c>; each is its follower's.</summary>
    public IReadOnlyList<RepeatDetector> TelemetryRepeats { get; }

    /// <summary>As <see cref="TelemetryRepeats"/>, of <c>vehicle-event</c>.</summary>
    public IReadOnlyList<RepeatDetector> EventRepeats { get; }

    public SlotTable Slots { get; } = new();

    /// <summary>Number of the newest change.</summary>
    public long Change { get; private set; }

    public LiveCounts Counts => new(_registered, _online);

    /// <summary>Telemetry that was not kept because nobody registered its vehicle.</summary>
    public long IgnoredUnregistered { get; private set; }

    /// <summary>Puts a vehicle of the snapshot in, or takes a change of the registry; answers its slot.</summary>
    public int SetRegistered(ReadOnlySpan<byte> vehicleId, bool isRegistered)
    {
        var slot = Slots.Find(vehicleId);
        if (slot < 0)
        {
            slot = Slots.Add(vehicleId);
        }

        ref var entry = ref Slots[slot];
        var before = entry.Flags;
        if (isRegistered)
        {
            entry.Flags = (entry.Flags | LiveFlags.Registered) & ~LiveFlags.Deleted;
        }
        else
        {
            ClearState(slot);
            entry.Flags = (entry.Flags | LiveFlags.Deleted) & ~LiveFlags.Registered;
            ClearChannelOfDeleted(ref entry);
        }

        if (before != entry.Flags)
        {
            Count(before, entry.Flags);
            Touch(slot);
        }

        return slot;
    }

    /// <summary>Takes one row of <c>registry_change</c>.</summary>
    public void ApplyRegistryChange(long number, ReadOnlySpan<byte> vehicleId, bool? isRegistered)
    {
        if (isRegistered is { } registered)
        {
            _registryChanges.Enqueue((number, SetRegistered(vehicleId, registered)));
            if (_registryChanges.Count > MaxRegistryChanges)
            {
                _registryChanges.Dequeue();
            }
        }

        Positions = Positions with { Registry = number };
    }

    /// <summary>Takes a sample if it is its vehicle's newest and the vehicle was not deleted.</summary>
    public void Apply(ReadOnlySpan<byte> vehicleId, in LiveSample sample)
    {
        var slot = Slots.Find(vehicleId);
        if (slot < 0)
        {
            if (!_autoRegister || Slots.UsedCount - _registered >= MaxUnregistered)
            {
                IgnoredUnregistered++;
                return;
            }

            slot = Slots.Add(vehicleId);
        }

        ref var entry = ref Slots[slot];
        if ((entry.Flags & LiveFlags.Deleted) != 0
            || ((entry.Flags & LiveFlags.Registered) == 0 && !_autoRegister)
            || ((entry.Flags & LiveFlags.HasState) != 0
                && !IsNewer(in sample, in entry)))
        {
            return;
        }

        _grid.Remove(slot);
        entry.Values = CompactSignals.From(in sample.Values);
        entry.Time = sample.Time;
        entry.StoredAt = sample.StoredAt;
        entry.StateQueue = (byte)sample.QueueIndex;
        entry.StateOffset = sample.Offset;
        entry.Flags |= LiveFlags.HasState;
        if (entry.Values.HasPosition)
        {
            _grid.Add(slot);
        }

        Touch(slot);
    }

    /// <summary>Takes an event; <paramref name="queue"/> and <paramref name="offset"/> say where it stood.</summary>
    public void Apply(VehicleEvent vehicleEvent, int queue, long offset)
    {
        switch (vehicleEvent.EventType)
        {
            case VehicleEventType.Connect when vehicleEvent is { IsVehicle: true, ClientId: { } clientId, ChannelId: { } channelId }:
                SetChannel(clientId, ChannelHash.Compute(channelId), vehicleEvent.Instance, isOpen: true, queue, offset);
                break;
            case VehicleEventType.Announce when vehicleEvent is { IsVehicle: not false, ClientId: { } clientId, ChannelId: { } channelId }:
                Announce(clientId, ChannelHash.Compute(channelId), vehicleEvent.Instance, queue, offset);
                break;
            case VehicleEventType.TcpClean when vehicleEvent is { ClientId: { } clientId, ChannelId: { } channelId }:
                Close(clientId, ChannelHash.Compute(channelId), queue, offset);
                break;
            case VehicleEventType.InstanceEnd:
                EndInstance(vehicleEvent.Instance, queue, offset);
                break;
        }
    }

    /// <summary>Notes an instance whose end the snapshot knows.</summary>
    public void LoadEndedInstance(string instance) => _instances.End(_instances.Get(instance), GatewayInstances.BeforeSnapshot, -1);

    /// <summary>Puts a connection of the snapshot in. Closed ones of clients that nobody registered are of no interest.</summary>
    public void LoadChannel(string clientId, ulong channel, string instance, bool isOpen, int queue, long offset)
    {
        if (isOpen || Find(clientId) >= 0)
        {
            SetChannel(clientId, channel, instance, isOpen, queue, offset);
        }
    }

    private void EndInstance(string instance, int queue, long offset)
    {
        var number = _instances.Get(instance);
        if (!_instances.End(number, queue, offset))
        {
            return;
        }

        for (var slot = 0; slot < Slots.Count; slot++)
        {
            ref var entry = ref Slots[slot];
            if ((entry.Flags & LiveFlags.Open) != 0 && entry.Instance == number)
            {
                SetOnline(slot, ref entry);
            }
        }
    }

    private void SetChannel(string clientId, ulong channel, string instance, bool isOpen, int queue, long offset)
    {
        var slot = FindOrAdd(clientId);
        if (slot < 0)
        {
            return;
        }

        ref var entry = ref Slots[slot];
        entry.Channel = channel;
        entry.Instance = _instances.Get(instance);
        entry.PresenceQueue = (byte)queue;
        entry.PresenceOffset = offset;
        entry.Flags = isOpen ? entry.Flags | LiveFlags.Open | LiveFlags.HasChannel : (entry.Flags | LiveFlags.HasChannel) & ~LiveFlags.Open;
        SetOnline(slot, ref entry);
    }

    /// <summary>A vehicle as it is now; false when it is not registered.</summary>
    public bool TryRead(int slot, out LiveVehicle vehicle)
    {
        ref var entry = ref Slots[slot];
        if ((entry.Flags & LiveFlags.Registered) == 0)
        {
            vehicle = default;
            return false;
        }

        var hasState = (entry.Flags & LiveFlags.HasState) != 0;
        vehicle = new LiveVehicle
        {
            VehicleId = Slots.IdTextOf(slot),
            IsOnline = (entry.Flags & LiveFlags.Online) != 0,
            HasState = hasState,
            Time = entry.Time,
            StoredAt = entry.StoredAt,
            Values = hasState ? entry.Values.ToValues() : SignalValues.None,
            QueueIndex = entry.StateQueue,
            QueueOffset = entry.StateOffset,
        };
        return true;
    }

    /// <summary>Whether a registered vehicle's position lies in a rectangle.</summary>
    public bool IsIn(int slot, GeoBox box)
    {
        ref var entry = ref Slots[slot];
        return (entry.Flags & (LiveFlags.Registered | LiveFlags.InGrid)) == (LiveFlags.Registered | LiveFlags.InGrid)
            && box.Contains(entry.Values.Latitude, entry.Values.Longitude);
    }

    /// <summary>Collects slots with a position in a rectangle, registered or not; false when there are more than the limit.</summary>
    public bool FindInBox(GeoBox box, List<int> found, int limit) => _grid.Find(box, found, limit);

    /// <summary>Collects the slots that changed after a change's number, newest first.</summary>
    public void FindChanged(long after, List<int> found)
    {
        for (var slot = _newestChange; slot >= 0 && Slots[slot].Change > after; slot = Slots[slot].ChangePrevious)
        {
            found.Add(slot);
        }
    }

    /// <summary>Collects the slots that changed at or behind positions of this or an earlier view; false when that is not known any more.</summary>
    public bool TryFindChanged(LivePositions since, List<int> found)
    {
        if (!since.IsComparable(Positions) || since.Registry < RegistryKnownFrom)
        {
            return false;
        }

        for (var slot = 0; slot < Slots.Count; slot++)
        {
            ref var entry = ref Slots[slot];
            if (((entry.Flags & LiveFlags.HasState) != 0 && entry.StateOffset >= since.Telemetry[entry.StateQueue])
                || ((entry.Flags & LiveFlags.HasChannel) != 0 && (entry.PresenceOffset >= since.Events[entry.PresenceQueue] || _instances.EndedSince(entry.Instance, since.Events, _firstEvents))))
            {
                found.Add(slot);
            }
        }

        var registered = _registryChanges.Where(change => change.Number > since.Registry).Select(change => change.Slot).Distinct();
        var known = found.ToHashSet();
        found.AddRange(registered.Where(slot => !known.Contains(slot)));
        return true;
    }

    // The rule of the database's upsert: newer by the time that counts; of two at the same time the later message.
    private static bool IsNewer(in LiveSample sample, in LiveSlot entry)
    {
        var (time, known) = (TelemetryAcceptance.EffectiveTime(sample.Time, sample.StoredAt), TelemetryAcceptance.EffectiveTime(entry.Time, entry.StoredAt));
        return time > known || (time == known && sample.Offset >= entry.StateOffset);
    }

    private long RegistryKnownFrom => _registryChanges.Count == MaxRegistryChanges ? _registryChanges.Peek().Number : _firstRegistry;

    private int FindOrAdd(string clientId)
    {
        Span<byte> id = stackalloc byte[Contracts.VehicleId.MaxLength];
        if (!Contracts.VehicleId.IsValid(clientId))
        {
            return -1;
        }

        id = id[..Encoding.ASCII.GetBytes(clientId, id)];
        var slot = Slots.Find(id);
        return slot >= 0 ? slot : Slots.Add(id);
    }

    private int Find(string clientId)
    {
        Span<byte> id = stackalloc byte[Contracts.VehicleId.MaxLength];
        return Contracts.VehicleId.IsValid(clientId) ? Slots.Find(id[..Encoding.ASCII.GetBytes(clientId, id)]) : -1;
    }

    // Counts only where the channel is still the car's newest: otherwise that channel is the one that gets closed.
    private void Announce(string clientId, ulong channel, string instance, int queue, long offset)
    {
        var slot = Find(clientId);
        if (slot < 0 || (Slots[slot].Flags & LiveFlags.HasChannel) == 0)
        {
            SetChannel(clientId, channel, instance, isOpen: true, queue, offset);
        }
        else if (Slots[slot].Channel == channel && (Slots[slot].Flags & LiveFlags.Open) != 0)
        {
            SetChannel(clientId, channel, instance, isOpen: true, queue, offset);
        }
    }

    private void Close(string clientId, ulong channel, int queue, long offset)
    {
        var slot = Find(clientId);
        if (slot < 0 || Slots[slot].Channel != channel || (Slots[slot].Flags & LiveFlags.Open) == 0)
        {
            return;
        }

        ref var entry = ref Slots[slot];
        entry.PresenceQueue = (byte)queue;
        entry.PresenceOffset = offset;
        entry.Flags &= ~LiveFlags.Open;
        SetOnline(slot, ref entry);
        if ((entry.Flags & (LiveFlags.Registered | LiveFlags.Deleted | LiveFlags.HasState)) == 0)
        {
            // A client that nobody registered and that never reported leaves nothing behind.
            Unlink(slot);
            Slots.Remove(slot);
        }
    }

    private void SetOnline(int slot, ref LiveSlot entry)
    {
        var before = entry.Flags;
        var isOnline = (entry.Flags & LiveFlags.Open) != 0 && !_instances.HasEnded(entry.Instance);
        entry.Flags = isOnline ? entry.Flags | LiveFlags.Online : entry.Flags & ~LiveFlags.Online;
        ClearChannelOfDeleted(ref entry);
        if (before != entry.Flags)
        {
            Count(before, entry.Flags);
            Touch(slot);
        }
    }

    private void ClearState(int slot)
    {
        _grid.Remove(slot);
        ref var entry = ref Slots[slot];
        entry.Values = default;
        entry.Time = entry.StoredAt = entry.StateOffset = 0;
        entry.StateQueue = 0;
        entry.Flags &= ~LiveFlags.HasState;
    }

    // Of a deleted vehicle only the tombstone stays, and a channel until it is closed: the deletion has ordered that, and
    // the vehicle may be put back before.
    private static void ClearChannelOfDeleted(ref LiveSlot entry)
    {
        if ((entry.Flags & (LiveFlags.Deleted | LiveFlags.Online)) == LiveFlags.Deleted)
        {
            entry.Channel = 0;
            entry.Instance = 0;
            entry.PresenceOffset = 0;
            entry.PresenceQueue = 0;
            entry.Flags &= ~(LiveFlags.HasChannel | LiveFlags.Open);
        }
    }

    private void Count(LiveFlags before, LiveFlags after)
    {
        const LiveFlags seen = LiveFlags.Registered | LiveFlags.Online;
        _registered += ((after & LiveFlags.Registered) != 0 ? 1 : 0) - ((before & LiveFlags.Registered) != 0 ? 1 : 0);
        _online += ((after & seen) == seen ? 1 : 0) - ((before & seen) == seen ? 1 : 0);
    }

    // Makes the slot the newest of the list of changes.
    private void Touch(int slot)
    {
        if (_newestChange != slot)
        {
            Unlink(slot);
            ref var entry = ref Slots[slot];
            entry.ChangePrevious = _newestChange;
            entry.ChangeNext = -1;
            if (_newestChange >= 0)
            {
                Slots[_newestChange].ChangeNext = slot;
            }
            else
            {
                _oldestChange = slot;
            }

            _newestChange = slot;
        }

        Slots[slot].Change = ++Change;
    }

    private void Unlink(int slot)
    {
        ref var entry = ref Slots[slot];
        if (entry.ChangePrevious >= 0)
        {
            Slots[entry.ChangePrevious].ChangeNext = entry.ChangeNext;
        }
        else if (_oldestChange == slot)
        {
            _oldestChange = entry.ChangeNext;
        }

        if (entry.ChangeNext >= 0)
        {
            Slots[entry.ChangeNext].ChangePrevious = entry.ChangePrevious;
        }
        else if (_newestChange == slot)
        {
            _newestChange = entry.ChangePrevious;
        }

        entry.ChangePrevious = entry.ChangeNext = -1;
    }
}
