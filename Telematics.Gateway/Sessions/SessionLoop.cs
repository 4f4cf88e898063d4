using Telematics.Contracts.Credentials;
using Telematics.Gateway.Commands;
using Telematics.Gateway.Downlink;
using Telematics.Gateway.Presence;
using Telematics.Messaging;
using Telematics.Mqtt;
using Telematics.Mqtt.Sockets;
using Telematics.Mqtt.Timing;

namespace Telematics.Gateway.Sessions;

/// <summary>
/// The engine: sessions and connections of one shard, without I/O. Bytes come in by <see cref="Receive"/>, bytes and
/// other effects go out by <see cref="ILoopTransport"/>, and everything runs on one owner thread. Other threads reach it
/// by <see cref="Post"/> only.
/// </summary>
internal sealed class SessionLoop : IAppendSink, ICredentialSink, ITimerSink<LoopTimer>
{
    private const int WorkPerTurn = 4_096;

    /// <summary>
    /// A hundred thousand cars that fall silent in one tunnel, or whose sessions end in one second, end over many turns of
    /// about 10 ms: everybody else's packets come between.
    /// </summary>
    private const int DuePerTurn = 1_024;

    private const int WheelSlotMilliseconds = 100;
    private const int WheelSlots = 1_024;

    private readonly LoopInbox _inbox;
    private readonly ILoopTransport _transport;
    private readonly TimingWheel<LoopTimer> _wheel;
    private readonly PacketDispatch _dispatch;
    private readonly long _startTimestamp;

    public SessionLoop(int index, GatewayShared shared, ILoopTransport transport, Action wake)
    {
        Index = index;
        Shared = shared;
        _transport = transport;
        _inbox = new LoopInbox(wake);
        _startTimestamp = shared.Time.GetTimestamp();
        _wheel = new TimingWheel<LoopTimer>(0, WheelSlotMilliseconds, WheelSlots);
        Instance = shared.Instance.Id;
        Output = new ConnectionOutput(this, transport);
        Presence = new PresenceEvents(this);
        Wills = new WillPublisher(this);
        Subscriptions = new SubscriptionTable(this);
        Recent = new RecentTopics(this);
        Receipts = new ReceiptBatch(this);
        Deliveries = new Deliveries(this);
        Register = new SessionRegister(this);
        Ends = new ConnectionEnds(this, transport);
        Publishes = new PublishIntake(this);
        Connects = new ConnectIntake(this);
        Orders = new OrderDelivery(this);
        Sweep = new ConnectionSweep(this);
        Rates = new ClientRates(this);
        _dispatch = new PacketDispatch(this);
    }

    public int Index { get; }

    public GatewayShared Shared { get; }

    public GatewayOptions Options => Shared.Options;

    public Slab<Connection> Connections { get; } = new();

    public Slab<Session> Sessions { get; } = new();

    public LoopCounters Counters { get; } = new();

    public ConnectionOutput Output { get; }

    public PresenceEvents Presence { get; }

    public WillPublisher Wills { get; }

    public SubscriptionTable Subscriptions { get; }

    /// <summary>Messages of topics that were delivered last.</summary>
    public RecentTopics Recent { get; }

    public ReceiptBatch Receipts { get; }

    public Deliveries Deliveries { get; }

    public SessionRegister Register { get; }

    public ConnectionEnds Ends { get; }

    public PublishIntake Publishes { get; }

    public ConnectIntake Connects { get; }

    public OrderDelivery Orders { get; }

    public ConnectionSweep Sweep { get; }

    public ClientRates Rates { get; }

    public CertifiedClients Certified { get; } = new();

    /// <summary>The gateway instance in whose name events are written.</summary>
    public string Instance { get; set; }

    /// <summary>Whether the gateway stops: nobody is let in.</summary>
    public bool IsDraining { get; set; }

    /// <summary>The turn's time, in milliseconds since the loop began.</summary>
    public long Now { get; private set; }

    /// <summary>The turn's time of day, in milliseconds since 1970-01-01 UTC.</summary>
    public long UnixNow { get; private set; }

    /// <summary>Asks the loop for something; safe for any thread.</summary>
    public void Post(ILoopWork work) => _inbox.Post(work);

    /// <summary>A connection was accepted. Answers its slot, or -1 when it is to be closed at once.</summary>
    /// <param name="peer">The client's address.</param>
    /// <param name="isAdmitted">Whether the gate for accepts has let it in already.</param>
    /// <param name="certifiedVehicle">What its TLS certificate names; null without one.</param>
    public int Open(in SocketPeer peer, bool isAdmitted = false, string? certifiedVehicle = null)
    {
        if (IsDraining)
        {
            Counters.End(EndReason.ServerShuttingDown);
            return -1;
        }

        if (!isAdmitted && !Shared.Accepts.TryEnter())
        {
            Counters.End(EndReason.AcceptRateExceeded);
            return -1;
        }

        if (Connections.Count >= AppendOwner.MaxSlots || !Shared.TryCountConnection())
        {
            Counters.End(EndReason.ServerBusy);
            return -1;
        }

        var slot = Connections.Allocate();
        ref var connection = ref Connections[slot];
        connection.State = ConnectionState.AwaitingConnect;
        connection.Session = -1;
        connection.ClientId = string.Empty;
        connection.Peer = peer;
        connection.LastReceived = Now;
        connection.Timer = AddTimer(TimerKind.Connection, slot, Connections.GenerationOf(slot), Options.ConnectTimeoutSeconds * 1_000L);
        Rates.OnOpened(slot);
        Certified.OnOpened(slot, certifiedVehicle);
        return slot;
    }

    /// <summary>
    /// Bytes came. Answers how many were consumed; the transport keeps the rest and hands it in again with what comes
    /// behind it, or when it is told to resume.
    /// </summary>
    public int Receive(int slot, ReadOnlySpan<byte> bytes)
    {
        var generation = Connections.GenerationOf(slot);
        var consumed = 0;
        while (Connections.IsCurrent(slot, generation) && Connections[slot].Paused == PauseReasons.None
            && Connections[slot].State != ConnectionState.Lingering && consumed < bytes.Length)
        {
            var rest = bytes[consumed..];
            var status = MqttFixedHeader.Read(rest, Options.MaxPacketSize, out var header, out var error);
            if (status == MqttFrameStatus.Invalid || _dispatch.IsOutOfPlace(slot, rest[0], out error))
            {
                _dispatch.Refuse(slot, error);
                return bytes.Length;
            }

            if (status == MqttFrameStatus.Incomplete || !_dispatch.TryTake(slot, header, rest[header.HeaderLength..header.PacketLength]))
            {
                break;
            }

            consumed += header.PacketLength;
            if (Connections.IsCurrent(slot, generation))
            {
                Connections[slot].LastReceived = Now;
                Output.FlushIfLarge(slot);
                Rates.OnTaken(slot, header.PacketLength, header.Type == MqttPacketType.Publish);
            }
        }

        Counters.BytesIn += consumed;
        return consumed;
    }

    /// <summary>The transport's socket took bytes of a connection.</summary>
    public void OnSent(int slot, int unsent)
    {
        Output.OnSent(slot, unsent);
        Deliveries.Pump(slot);
    }

    /// <summary>The client closed, or the network did; the transport has already forgotten the slot.</summary>
    public void OnClosed(int slot) => Ends.OnPeerClosed(slot);

    /// <summary>A connection's slot is free again.</summary>
    public void Free(int slot)
    {
        Connections.Free(slot);
        Shared.UncountConnection();
    }

    /// <summary>
    /// One turn: work of other threads, deadlines, and everything gathered goes out. Answers in how many milliseconds the
    /// next turn is due without a wake-up: 0 at once, -1 never.
    /// </summary>
    public int Turn()
    {
        ReadClock();
        _inbox.BeginDrain();
        for (var i = 0; i < WorkPerTurn && _inbox.TryTake(out var work); i++)
        {
            Do(work);
        }

        var sink = this;
        _wheel.Advance(Now, ref sink, DuePerTurn);
        Sweep.Continue();
        Receipts.AppendIfDue();
        Output.FlushAll();
        if (!_inbox.IsEmpty || _wheel.IsBehind)
        {
            return 0;
        }

        var wait = _wheel.Count > 0 || Sweep.IsUnderWay ? WheelSlotMilliseconds - (int)(Now % WheelSlotMilliseconds) : -1;
        return Receipts.DueIn is { } due && (wait < 0 || due < wait) ? due : wait;
    }

    /// <inheritdoc/>
    public void OnOutcomes(ReadOnlySpan<AppendOutcome> outcomes) => Post(OutcomeBatch.Copy(outcomes));

    /// <inheritdoc/>
    public void OnVerified(long token, CredentialVerdict verdict)
    {
        Shared.LogIns.OnAnswered(verdict);
        if (verdict != CredentialVerdict.Withdrawn)
        {
            Post(new VerdictWork(token, verdict));
        }
    }

    /// <inheritdoc/>
    public void OnDue(TimerHandle handle, LoopTimer state)
    {
        if (state.Kind is TimerKind.Connection or TimerKind.Rate)
        {
            if (!Connections.IsCurrent(state.Slot, state.Generation))
            {
                return;
            }

            if (state.Kind == TimerKind.Rate)
            {
                Rates.OnTimer(state.Slot);
            }
            else
            {
                Connects.OnTimer(state.Slot);
            }
        }
        else if (Sessions.IsCurrent(state.Slot, state.Generation))
        {
            Register.OnTimer(state.Kind, state.Slot);
        }
    }

    /// <summary>Adds a deadline.</summary>
    public TimerHandle AddTimer(TimerKind kind, int slot, int generation, long milliseconds) =>
        _wheel.Add(Now + milliseconds, new LoopTimer(kind, slot, generation));

    /// <summary>Cancels a deadline.</summary>
    public void CancelTimer(ref TimerHandle handle)
    {
        if (!handle.IsNone)
        {
            _wheel.Cancel(handle);
            handle = default;
        }
    }

    /// <summary>Reads a connection no more.</summary>
    public void Pause(int slot, PauseReasons reason)
    {
        ref var connection = ref Connections[slot];
        if (connection.Paused == PauseReasons.None)
        {
            Counters.PausedConnections++;
            _transport.PauseReading(slot);
        }

        connection.Paused |= reason;
    }

    /// <summary>A reason not to read is gone.</summary>
    public void Resume(int slot, PauseReasons reason)
    {
        ref var connection = ref Connections[slot];
        if ((connection.Paused & reason) == 0)
        {
            return;
        }

        connection.Paused &= ~reason;
        if (connection.Paused == PauseReasons.None)
        {
            Counters.PausedConnections--;

            // While it was not read, its keep-alive did not run.
            connection.LastReceived = Now;
            _transport.ResumeReading(slot);
        }
    }

    /// <summary>Owner of an append of a connection.</summary>
    public long OwnerOf(AppendClass appendClass, int slot) =>
        new AppendOwner(appendClass, Index, slot, Connections.GenerationOf(slot)).ToInt64();

    /// <summary>Name of a connection's channel.</summary>
    public string ChannelOf(int slot) => Shared.Channels.Format(Index, slot, Connections.GenerationOf(slot));

    /// <summary>
    /// Reads the clock: at the begin of each turn, and by the transport before the first event after a wait. Everything
    /// that happens in between happens at the same time.
    /// </summary>
    public void ReadClock()
    {
        Now = (long)Shared.Time.GetElapsedTime(_startTimestamp).TotalMilliseconds;
        UnixNow = Shared.Time.GetUtcNow().ToUnixTimeMilliseconds();
    }

#pragma warning disable CA1031 // A fault of one piece of work must not end the sessions of all others; it is logged here, once.
    private void Do(ILoopWork work)
    {
        try
        {
            work.Run(this);
        }
        catch (Exception exception)
        {
            Shared.Logger.LoopWorkFailed(exception, work.GetType().Name, Index);
        }
    }
#pragma warning restore CA1031
}
