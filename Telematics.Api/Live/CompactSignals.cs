using System.Runtime.CompilerServices;
using Telematics.Contracts.Telemetry;

namespace Telematics.Api.Live;

/// <summary>The values of <see cref="SignalValues"/> in 84 bytes instead of 192: as wide as the database's columns, positions in steps of 1e-7 degrees.</summary>
internal struct CompactSignals
{
    private const double PositionSteps = 10_000_000;
    private const int FirstReal = 3;
    private const int RealCount = 14;
    private const int Range = 17;
    private const int FirstByte = 18;
    private const int ByteCount = 3;
    private const int FirstFlag = 21;

    private uint _present;
    private uint _flags;
    private int _latitude;
    private int _longitude;
    private uint _distance;
    private int _range;
    private Reals _reals;
    private Bytes _bytes;

    /// <summary>Whether both coordinates are there.</summary>
    public readonly bool HasPosition => (_present & 3) == 3;

    /// <summary>Degrees; meaningless unless <see cref="HasPosition"/>.</summary>
    public readonly double Latitude => _latitude / PositionSteps;

    /// <summary>Degrees; meaningless unless <see cref="HasPosition"/>.</summary>
    public readonly double Longitude => _longitude / PositionSteps;

    /// <summary>Takes the values.</summary>
    public static CompactSignals From(in SignalValues values)
    {
        var compact = default(CompactSignals);
        for (var i = 0; i < SignalCatalogue.Count; i++)
        {
            var value = values[i];
            if (double.IsNaN(value))
            {
                continue;
            }

            compact._present |= 1u << i;
            switch (i)
            {
                case SignalCatalogue.Latitude:
                    compact._latitude = (int)Math.Round(value * PositionSteps);
                    break;
                case SignalCatalogue.Longitude:
                    compact._longitude = (int)Math.Round(value * PositionSteps);
                    break;
                case SignalCatalogue.TraveledDistance:
                    compact._distance = (uint)value;
                    break;
                case < FirstReal + RealCount:
                    compact._reals[i - FirstReal] = (float)value;
                    break;
                case Range:
                    compact._range = (int)value;
                    break;
                case < FirstByte + ByteCount:
                    compact._bytes[i - FirstByte] = (byte)value;
                    break;
                default:
                    compact._flags |= value != 0 ? 1u << (i - FirstFlag) : 0;
                    break;
            }
        }

        return compact;
    }

    /// <summary>Gives the values back.</summary>
    public readonly SignalValues ToValues()
    {
        var values = SignalValues.None;
        for (var i = 0; i < SignalCatalogue.Count; i++)
        {
            if ((_present & (1u << i)) != 0)
            {
                values[i] = Get(i);
            }
        }

        return values;
    }

    private readonly double Get(int index) => index switch
    {
        SignalCatalogue.Latitude => Latitude,
        SignalCatalogue.Longitude => Longitude,
        SignalCatalogue.TraveledDistance => _distance,
        < FirstReal + RealCount => Widen(_reals[index - FirstReal]),
        Range => _range,
        < FirstByte + ByteCount => _bytes[index - FirstByte],
        _ => (_flags >> (index - FirstFlag)) & 1,
    };

    // 63.1f is to be read as 63.1, not as 63.099998474121094: seven digits are what a float holds.
    private static double Widen(float value) => (double)(decimal)value;

    [InlineArray(RealCount)]
    private struct Reals
    {
        private float _first;
    }

    [InlineArray(ByteCount)]
    private struct Bytes
    {
        private byte _first;
    }
}
