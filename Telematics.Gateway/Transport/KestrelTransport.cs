using Telematics.Gateway.Sessions;

namespace Telematics.Gateway.Transport;

/// <summary>A loop's connections on Kestrel, by slot.</summary>
internal sealed class KestrelTransport(GatewayShared shared) : ILoopTransport
{
    private const int ClosePatienceMilliseconds = 3_000;

    private readonly Queue<(long Deadline, KestrelChannel Channel)> _closing = new();
    private KestrelChannel?[] _channels = new KestrelChannel?[256];
    private byte[] _scratch = [];

    /// <summary>The loop.</summary>
    public SessionLoop Loop { get; set; } = null!;

    /// <summary>Options, log and clock.</summary>
    public GatewayShared Shared => shared;

    /// <summary>Room for a packet that lies in several pieces.</summary>
    public Span<byte> Scratch
    {
        get
        {
            if (_scratch.Length == 0)
            {
                _scratch = new byte[Math.Max(shared.Options.MaxPacketSize + 8, 65_536)];
            }

            return _scratch;
        }
    }

    /// <summary>A slot belongs to a channel.</summary>
    public void Bind(int slot, KestrelChannel channel)
    {
        if (slot >= _channels.Length)
        {
            Array.Resize(ref _channels, Math.Max(slot + 1, _channels.Length * 2));
        }

        _channels[slot] = channel;
    }

    /// <summary>A slot's channel is gone.</summary>
    public void Unbind(int slot) => _channels[slot] = null;

    /// <inheritdoc/>
    public int Send(int slot, ReadOnlySpan<byte> bytes) => _channels[slot]!.Send(bytes);

    /// <inheritdoc/>
    public void PauseReading(int slot)
    {
        // The channel asks Connection.Paused before it reads on.
    }

    /// <inheritdoc/>
    public void ResumeReading(int slot) => _channels[slot]!.Resume();

    /// <inheritdoc/>
    public void Close(int slot, bool abort)
    {
        var channel = _channels[slot]!;
        _channels[slot] = null;
        channel.Close(abort);
    }

    /// <summary>A channel closes after its last bytes, which may take a bounded time.</summary>
    public void AwaitClose(KestrelChannel channel)
    {
        if (!channel.IsSocketClosed)
        {
            _closing.Enqueue((Loop.Now + ClosePatienceMilliseconds, channel));
        }
    }

    /// <summary>Aborts what does not take its last bytes; answers how long the thread may sleep.</summary>
    public int OnTurn(int wait)
    {
        while (_closing.TryPeek(out var first) && (first.Channel.IsSocketClosed || first.Deadline <= Loop.Now))
        {
            _closing.Dequeue();
            if (!first.Channel.IsSocketClosed)
            {
                first.Channel.Abort();
            }
        }

        return _closing.Count > 0 && (wait < 0 || wait > 1_000) ? 1_000 : wait;
    }

    /// <summary>Aborts everything.</summary>
    public void AbortAll()
    {
        foreach (var channel in _channels)
        {
            channel?.Close(abort: true);
        }

        while (_closing.TryDequeue(out var closing))
        {
            closing.Channel.Abort();
        }
    }
}
