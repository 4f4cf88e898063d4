using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Telematics.Contracts.Telemetry;

/// <summary>Finds a catalogue signal by its path in UTF-8: one multiplication and one comparison.</summary>
internal static class SignalPaths
{
    private const int Bits = 7;
    private static readonly byte[][] Paths = [.. SignalCatalogue.Signals.Select(signal => Encoding.ASCII.GetBytes(signal.Path))];
    private static readonly sbyte[] Slots = new sbyte[1 << Bits];
    private static readonly ulong Multiplier = FindMultiplier();
    private static readonly SearchValues<byte> PathBytes = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_."u8);

    /// <summary>The index of the signal with this path, or -1.</summary>
    public static int Find(ReadOnlySpan<byte> path)
    {
        if (path.Length < sizeof(ulong))
        {
            return -1;
        }

        var index = Slots[Slot(path, Multiplier)];
        return index >= 0 && path.SequenceEqual(Paths[index]) ? index : -1;
    }

    /// <summary>The signal's path in UTF-8.</summary>
    public static ReadOnlySpan<byte> PathOf(int index) => Paths[index];

    /// <summary>Whether a key is a path: <c>Vehicle.</c> and then letters, digits, underscores and dots.</summary>
    public static bool IsPath(ReadOnlySpan<byte> key) =>
        key.Length is > 8 and <= TelemetryLimits.MaxPathLength && key.StartsWith("Vehicle."u8) && !key.ContainsAnyExcept(PathBytes);

    private static int Slot(ReadOnlySpan<byte> path, ulong multiplier) =>
        (int)(((BinaryPrimitives.ReadUInt64LittleEndian(path[^sizeof(ulong)..]) ^ ((ulong)path.Length << 56)) * multiplier) >> (64 - Bits));

    // The paths are fixed, so some multiplier sends each to a slot of its own.
    private static ulong FindMultiplier()
    {
        for (var multiplier = 0x9E37_79B9_7F4A_7C15UL; ; multiplier += 0x1234_5678_9ABC_DEF2UL)
        {
            Array.Fill(Slots, (sbyte)-1);
            var distinct = true;
            for (var i = 0; i < Paths.Length && distinct; i++)
            {
                var slot = Slot(Paths[i], multiplier);
                distinct = Slots[slot] < 0;
                Slots[slot] = (sbyte)i;
            }

            if (distinct)
            {
                return multiplier;
            }
        }
    }
}
