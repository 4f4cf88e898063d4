using System.Buffers;
using Telematics.Mqtt;
using Telematics.Mqtt.Packets;

namespace Telematics.Gateway.Sessions;

/// <summary>Gathers what a turn writes and gives it to the transport once a turn. A client that does not read is bounded in bytes.</summary>
internal sealed class ConnectionOutput(SessionLoop loop, ILoopTransport transport)
{
    /// <summary>Unsent bytes above which a connection is not read and gets no further QoS 1 publish.</summary>
    public const int HighWater = 65_536;

    private const int LowWater = 16_384;
    private const int FirstBuffer = 256;
    private const int FlushAt = 65_536;

    private readonly List<(int Slot, int Generation)> _listed = [];

    /// <summary>Room for a packet; <see cref="Advance"/> follows.</summary>
    public Span<byte> GetSpan(int slot, int length)
    {
        ref var connection = ref loop.Connections[slot];
        if (connection.Output is null)
        {
            connection.Output = ArrayPool<byte>.Shared.Rent(Math.Max(length, FirstBuffer));
        }
        else if (connection.Output.Length - connection.OutputLength < length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(connection.OutputLength + length, connection.Output.Length * 2));
            connection.Output.AsSpan(0, connection.OutputLength).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(connection.Output);
            connection.Output = larger;
        }

        if (!connection.IsOutputListed)
        {
            connection.IsOutputListed = true;
            _listed.Add((slot, loop.Connections.GenerationOf(slot)));
        }

        return connection.Output.AsSpan(connection.OutputLength);
    }

    /// <summary>The packet is written.</summary>
    public void Advance(int slot, int length) => loop.Connections[slot].OutputLength += length;

    /// <summary>Writes bytes.</summary>
    public void Write(int slot, ReadOnlySpan<byte> packet)
    {
        packet.CopyTo(GetSpan(slot, packet.Length));
        Advance(slot, packet.Length);
    }

    /// <summary>Writes PUBACK; 3.1.1 gets it for success only.</summary>
    public void WritePuback(int slot, ushort packetId, MqttReasonCode reason)
    {
        var version = loop.Connections[slot].Version;
        if (reason == MqttReasonCode.Success)
        {
            Advance(slot, PubackPacket.WriteSuccess(GetSpan(slot, PubackPacket.SuccessLength), MqttPacketType.Puback, packetId));
            return;
        }

        var packet = new PubackPacket { PacketId = packetId, ReasonCode = reason };
        Advance(slot, packet.Write(GetSpan(slot, packet.GetLength(version)), MqttPacketType.Puback, version));
    }

    /// <summary>Gives everything gathered to the transport.</summary>
    public void FlushAll()
    {
        // A flush may end a connection, and its end may write to others: the list grows while it is walked.
        for (var i = 0; i < _listed.Count; i++)
        {
            var (slot, generation) = _listed[i];
            if (loop.Connections.IsCurrent(slot, generation))
            {
                Flush(slot);
            }
        }

        _listed.Clear();
    }

    /// <summary>Gives what one connection gathered to the transport, if it became much.</summary>
    public void FlushIfLarge(int slot)
    {
        if (loop.Connections[slot].OutputLength >= FlushAt)
        {
            Send(slot);
        }
    }

    /// <summary>The transport's socket took bytes.</summary>
    public void OnSent(int slot, int unsent)
    {
        SetUnsent(ref loop.Connections[slot], unsent);
        if (unsent <= LowWater && (loop.Connections[slot].Paused & PauseReasons.Output) != 0)
        {
            loop.Resume(slot, PauseReasons.Output);
        }
    }

    /// <summary>Sends the last bytes of a connection that ends.</summary>
    public void FlushLast(int slot)
    {
        Send(slot);
        Release(ref loop.Connections[slot]);
    }

    /// <summary>A connection has ended; what it did not take is the transport's, for a bounded time.</summary>
    public void OnEnded(int slot) => SetUnsent(ref loop.Connections[slot], 0);

    private void Flush(int slot)
    {
        loop.Connections[slot].IsOutputListed = false;
        Send(slot);
        ref var connection = ref loop.Connections[slot];
        Release(ref connection);
        if (connection.Unsent > loop.Options.MaxUnsentBytes)
        {
            loop.Ends.End(slot, EndReason.SlowReader, MqttReasonCode.QuotaExceeded, abort: true);
        }
        else if (connection.Unsent > HighWater)
        {
            loop.Pause(slot, PauseReasons.Output);
        }
    }

    private void Send(int slot)
    {
        ref var connection = ref loop.Connections[slot];
        if (connection.OutputLength == 0 || connection.Output is null)
        {
            return;
        }

        loop.Counters.BytesOut += connection.OutputLength;
        SetUnsent(ref connection, transport.Send(slot, connection.Output.AsSpan(0, connection.OutputLength)));
        connection.OutputLength = 0;
    }

    private void SetUnsent(ref Connection connection, int unsent)
    {
        if (connection.Unsent != unsent)
        {
            loop.Shared.Buffers.Add(unsent - connection.Unsent);
            connection.Unsent = unsent;
        }
    }

    private static void Release(ref Connection connection)
    {
        if (connection.Output is not null)
        {
            ArrayPool<byte>.Shared.Return(connection.Output);
            connection.Output = null;
            connection.OutputLength = 0;
        }
    }
}
