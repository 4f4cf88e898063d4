namespace Telematics.Api.Live;

/// <summary>One vehicle in the live view. A slot keeps its vehicle as long as it is in use; unused ones are given out again.</summary>
internal struct LiveSlot
{
    /// <summary>The newest sample.</summary>
    public CompactSignals Values;

    /// <summary>What holds, see <see cref="LiveFlags"/>.</summary>
    public LiveFlags Flags;

    /// <summary>Queue of <c>vehicle-event</c> that brought the newest presence.</summary>
    public byte PresenceQueue;

    /// <summary>Queue of <c>telemetry</c> that brought <see cref="Values"/>.</summary>
    public byte StateQueue;

    /// <summary>Length of the id.</summary>
    public byte IdLength;

    /// <summary>Where in the id arena the id begins.</summary>
    public int IdStart;

    /// <summary>Index of the gateway instance that holds the newest channel.</summary>
    public int Instance;

    /// <summary>Neighbours in the list of changes, oldest first.</summary>
    public int ChangePrevious;

    /// <inheritdoc cref="ChangePrevious"/>
    public int ChangeNext;

    /// <summary>Neighbours in the cell of the grid.</summary>
    public int CellPrevious;

    /// <inheritdoc cref="CellPrevious"/>
    public int CellNext;

    /// <summary>Hash of the newest channel's id.</summary>
    public ulong Channel;

    /// <summary>Number of the newest change of anything here.</summary>
    public long Change;

    /// <summary>Device time of the newest sample, microseconds.</summary>
    public long Time;

    /// <summary>Store time of its message, microseconds.</summary>
    public long StoredAt;

    /// <summary>Offset of the message that brought <see cref="Values"/>.</summary>
    public long StateOffset;

    /// <summary>Offset of the event that brought the presence.</summary>
    public long PresenceOffset;
}

/// <summary>What holds of a slot.</summary>
[Flags]
internal enum LiveFlags : byte
{
    None = 0,

    /// <summary>The slot has a vehicle.</summary>
    Used = 1,

    /// <summary>The vehicle is registered: only then it is seen.</summary>
    Registered = 2,

    /// <summary>The vehicle was deleted: its late messages are kept out.</summary>
    Deleted = 4,

    /// <summary>There is a newest sample.</summary>
    HasState = 8,

    /// <summary>There is a newest channel.</summary>
    HasChannel = 16,

    /// <summary>The newest channel is open.</summary>
    Open = 32,

    /// <summary>Open, and the channel's instance has not ended.</summary>
    Online = 64,

    /// <summary>In a cell of the grid.</summary>
    InGrid = 128,
}
