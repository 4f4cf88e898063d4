using System.Diagnostics.CodeAnalysis;
using System.Text;
using Telematics.Contracts;

namespace Telematics.Api.Live;

/// <summary>
/// What is happening now: the newest state of every registered vehicle and whether it is online, in memory, milliseconds
/// behind the log. All members may be called from any thread.
/// </summary>
internal sealed class LiveView(TimeProvider clock)
{
    /// <summary>The most vehicles that one query of a rectangle answers.</summary>
    public const int MaxInBox = 10_000;

    // Long walks let the queues' readers in between.
    private const int WalkStep = 50_000;

    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private LiveState? _state;

    /// <summary>Whether it has caught up with the log since the process started; before, queries answer what is known so far.</summary>
    public bool IsReady => _ready.Task.IsCompleted;

    /// <summary>Completes when the view has caught up.</summary>
    public Task WaitReadyAsync(CancellationToken cancellationToken) => _ready.Task.WaitAsync(cancellationToken);

    /// <summary>Registered and online vehicles.</summary>
    public LiveCounts Counts
    {
        get
        {
            lock (_lock)
            {
                return _state?.Counts ?? default;
            }
        }
    }

    /// <summary>Telemetry that was not kept because nobody registered its vehicle.</summary>
    public long IgnoredUnregistered
    {
        get
        {
            lock (_lock)
            {
                return _state?.IgnoredUnregistered ?? 0;
            }
        }
    }

    /// <summary>One vehicle; false when it is not registered.</summary>
    public bool TryGet(string vehicleId, out LiveVehicle vehicle)
    {
        ArgumentNullException.ThrowIfNull(vehicleId);
        vehicle = default;
        Span<byte> id = stackalloc byte[VehicleId.MaxLength];
        if (!VehicleId.IsValid(vehicleId))
        {
            return false;
        }

        id = id[..Encoding.ASCII.GetBytes(vehicleId, id)];
        lock (_lock)
        {
            return _state?.Slots.Find(id) is >= 0 and var slot && _state.TryRead(slot, out vehicle);
        }
    }

    /// <summary>Whether a vehicle is registered and online.</summary>
    public bool IsOnline(string vehicleId) => TryGet(vehicleId, out var vehicle) && vehicle.IsOnline;

    /// <summary>The registered ones of some vehicles, in the order asked for.</summary>
    public IReadOnlyList<LiveVehicle> Get(IEnumerable<string> vehicleIds)
    {
        var found = new List<LiveVehicle>();
        foreach (var vehicleId in vehicleIds)
        {
            if (TryGet(vehicleId, out var vehicle))
            {
                found.Add(vehicle);
            }
        }

        return found;
    }

    /// <summary>Registered vehicles whose newest position lies in a rectangle, in no particular order.</summary>
    /// <param name="box">The rectangle; may cross the antimeridian.</param>
    /// <param name="limit">1 to <see cref="MaxInBox"/>.</param>
    /// <param name="hasMore">Whether there are more than the limit.</param>
    public IReadOnlyList<LiveVehicle> GetInBox(GeoBox box, int limit, out bool hasMore)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, MaxInBox);
        var slots = new List<int>();
        var found = new List<LiveVehicle>();
        hasMore = false;
        lock (_lock)
        {
            if (_state is null)
            {
                return found;
            }

            // Positions of vehicles that are not registered (yet) take no place of those that are.
            for (var wanted = limit + 1; ; wanted *= 2)
            {
                slots.Clear();
                found.Clear();
                var isAll = _state.FindInBox(box, slots, wanted);
                foreach (var slot in slots)
                {
                    if (found.Count <= limit && _state.TryRead(slot, out var vehicle))
                    {
                        found.Add(vehicle);
                    }
                }

                if (isAll || found.Count > limit)
                {
                    break;
                }
            }
        }

        if (found.Count > limit)
        {
            hasMore = true;
            found.RemoveRange(limit, found.Count - limit);
        }

        return found;
    }

    /// <summary>Registered vehicles in the ordinal order of their ids.</summary>
    /// <param name="isOnline">Only those that are (not) online; null = all.</param>
    /// <param name="after">The last id of the page before; null = from the beginning. It need not exist any more.</param>
    /// <param name="limit">At most so many.</param>
    public IReadOnlyList<LiveVehicle> List(bool? isOnline, string? after, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        var found = new List<LiveVehicle>();
        var last = after is null ? [] : Encoding.UTF8.GetBytes(after);
        for (var isDone = false; !isDone;)
        {
            lock (_lock)
            {
                isDone = ListStep(isOnline, ref last, limit, found);
            }
        }

        return found;
    }

    /// <summary>Follows vehicles.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="token">A token of an earlier subscription with the same filter: only what changed since comes first. Null, or not usable any more: everything that matches comes first.</param>
    /// <param name="interval">Shortest time between two batches that follow changes; 1 s is usual.</param>
    public LiveSubscription Subscribe(LiveFilter filter, string? token, TimeSpan interval)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return new LiveSubscription(this, clock, filter, token, interval);
    }

    /// <summary>Puts a freshly loaded state in the place of the one there was; subscriptions begin again.</summary>
    public void Replace(LiveState state)
    {
        lock (_lock)
        {
            _state = state;
        }
    }

    /// <summary>Says that the view has caught up.</summary>
    public void SetReady() => _ready.TrySetResult();

    /// <summary>Works with the state, alone; false when there is none yet.</summary>
    public bool TryUse<TArgument>(TArgument argument, Action<LiveState, TArgument> use)
        where TArgument : allows ref struct
    {
        lock (_lock)
        {
            if (_state is null)
            {
                return false;
            }

            use(_state, argument);
            return true;
        }
    }

    /// <summary>Whether a text may be a token.</summary>
    public static bool IsToken([NotNullWhen(true)] string? token) => LiveToken.TryParse(token, out _, out _);

    private bool ListStep(bool? isOnline, ref byte[] last, int limit, List<LiveVehicle> found)
    {
        if (_state is null)
        {
            return true;
        }

        var sorted = _state.Slots.Sorted();
        var from = _state.Slots.LowerBound(last, inclusive: false);
        var to = Math.Min(sorted.Length, from + WalkStep);
        for (var i = from; i < to; i++)
        {
            var flags = _state.Slots[sorted[i]].Flags;
            if ((isOnline is null || ((flags & LiveFlags.Online) != 0) == isOnline) && _state.TryRead(sorted[i], out var vehicle))
            {
                found.Add(vehicle);
                if (found.Count == limit)
                {
                    return true;
                }
            }
        }

        if (to == sorted.Length)
        {
            return true;
        }

        last = _state.Slots.IdOf(sorted[to - 1]).ToArray();
        return false;
    }
}
