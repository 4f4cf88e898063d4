using System.Buffers.Binary;
using Telematics.Contracts.Telemetry;

namespace Telematics.Storage.Postgres;

/// <summary>
/// Rows in the binary format of COPY (https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format"): written
/// straight into one buffer that is used again, since Npgsql's importer, value by value, costs several times as much.
/// </summary>
internal sealed class CopyBuffer
{
    /// <summary>Microseconds from 1970-01-01 to 2000-01-01, where PostgreSQL's times begin.</summary>
    private const long PostgresEpoch = 946_684_800_000_000;

    private static readonly byte[] Signature = [(byte)'P', (byte)'G', (byte)'C', (byte)'O', (byte)'P', (byte)'Y', 0x0A, 0xFF, 0x0D, 0x0A, 0x00, 0, 0, 0, 0, 0, 0, 0, 0];

    private const int EnoughToSend = 48 * 1024;

    private byte[] _bytes = new byte[64 * 1024];
    private int _length;

    /// <summary>What was written and not taken yet.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

    /// <summary>Whether so much is written that it should be sent.</summary>
    public bool IsFull => _length >= EnoughToSend;

    /// <summary>Begins a stream: signature, no flags, no extension.</summary>
    public void Begin()
    {
        _length = 0;
        Signature.CopyTo(Take(Signature.Length));
    }

    /// <summary>Ends the stream: a row of -1 columns.</summary>
    public void End() => BinaryPrimitives.WriteInt16BigEndian(Take(2), -1);

    /// <summary><see cref="Written"/> was sent.</summary>
    public void Clear() => _length = 0;

    /// <summary>Begins a row.</summary>
    public void Row(int columns) => BinaryPrimitives.WriteInt16BigEndian(Take(2), (short)columns);

    /// <summary>NULL.</summary>
    public void Null() => BinaryPrimitives.WriteInt32BigEndian(Take(4), -1);

    /// <summary><c>bigint</c>.</summary>
    public void Bigint(long value)
    {
        var bytes = Take(12);
        BinaryPrimitives.WriteInt32BigEndian(bytes, 8);
        BinaryPrimitives.WriteInt64BigEndian(bytes[4..], value);
    }

    /// <summary><c>timestamp with time zone</c>.</summary>
    /// <param name="microseconds">Since 1970-01-01 UTC.</param>
    public void Timestamp(long microseconds) => Bigint(microseconds - PostgresEpoch);

    /// <summary><c>bigint</c>, or NULL.</summary>
    public void Bigint(long? value)
    {
        if (value is { } number)
        {
            Bigint(number);
        }
        else
        {
            Null();
        }
    }

    /// <summary><c>timestamp with time zone</c>, or NULL.</summary>
    /// <param name="microseconds">Since 1970-01-01 UTC.</param>
    public void Timestamp(long? microseconds) => Bigint(microseconds - PostgresEpoch);

    /// <summary><c>double precision</c>, or NULL.</summary>
    public void Double(double? value)
    {
        if (value is not { } number)
        {
            Null();
            return;
        }

        var bytes = Take(12);
        BinaryPrimitives.WriteInt32BigEndian(bytes, 8);
        BinaryPrimitives.WriteDoubleBigEndian(bytes[4..], number);
    }

    /// <summary><c>real</c>, or NULL.</summary>
    public void Real(double? value)
    {
        if (value is not { } number)
        {
            Null();
            return;
        }

        var bytes = Take(8);
        BinaryPrimitives.WriteInt32BigEndian(bytes, 4);
        BinaryPrimitives.WriteSingleBigEndian(bytes[4..], (float)number);
    }

    /// <summary><c>integer</c>.</summary>
    public void Integer(int value)
    {
        var bytes = Take(8);
        BinaryPrimitives.WriteInt32BigEndian(bytes, 4);
        BinaryPrimitives.WriteInt32BigEndian(bytes[4..], value);
    }

    /// <summary><c>jsonb</c>, version 1. What it does not take (U+0000, half a surrogate pair, a number too great) was rejected at decoding.</summary>
    public void Jsonb(ReadOnlySpan<byte> utf8)
    {
        var bytes = Take(5 + utf8.Length);
        BinaryPrimitives.WriteInt32BigEndian(bytes, 1 + utf8.Length);
        bytes[4] = 1;
        utf8.CopyTo(bytes[5..]);
    }

    /// <summary>All signals with columns, in their order.</summary>
    public void Signals(in SignalValues values)
    {
        // The widest value is a double with its length.
        if (_bytes.Length - _length < SignalCatalogue.Count * 12)
        {
            Array.Resize(ref _bytes, _bytes.Length * 2);
        }

        var bytes = _bytes.AsSpan(_length);
        var written = 0;
        for (var i = 0; i < SignalCatalogue.Count; i++)
        {
            written += Signal(bytes[written..], SignalColumns.TypeOf(i), values[i]);
        }

        _length += written;
    }

    private static int Signal(Span<byte> bytes, SignalType type, double value)
    {
        if (double.IsNaN(value))
        {
            BinaryPrimitives.WriteInt32BigEndian(bytes, -1);
            return 4;
        }

        switch (type)
        {
            case SignalType.Double:
                BinaryPrimitives.WriteInt32BigEndian(bytes, 8);
                BinaryPrimitives.WriteDoubleBigEndian(bytes[4..], value);
                return 12;
            case SignalType.Real:
                BinaryPrimitives.WriteInt32BigEndian(bytes, 4);
                BinaryPrimitives.WriteSingleBigEndian(bytes[4..], (float)value);
                return 8;
            case SignalType.Bigint:
                BinaryPrimitives.WriteInt32BigEndian(bytes, 8);
                BinaryPrimitives.WriteInt64BigEndian(bytes[4..], (long)value);
                return 12;
            case SignalType.Integer:
                BinaryPrimitives.WriteInt32BigEndian(bytes, 4);
                BinaryPrimitives.WriteInt32BigEndian(bytes[4..], (int)value);
                return 8;
            case SignalType.Boolean:
                BinaryPrimitives.WriteInt32BigEndian(bytes, 1);
                bytes[4] = value == 0 ? (byte)0 : (byte)1;
                return 5;
            default: // Smallint, Label
                BinaryPrimitives.WriteInt32BigEndian(bytes, 2);
                BinaryPrimitives.WriteInt16BigEndian(bytes[4..], (short)value);
                return 6;
        }
    }

    private Span<byte> Take(int length)
    {
        if (_bytes.Length - _length < length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + length));
        }

        var taken = _bytes.AsSpan(_length, length);
        _length += length;
        return taken;
    }
}
