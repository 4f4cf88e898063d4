using System.Globalization;
using System.Text;

namespace Telematics.Simulator.Meters;

/// <summary>
/// Payloads of a given length. Where there is room it is telemetry that our own ingest takes (docs/telemetry.md), with a
/// time that differs from message to message, filled with spaces; else just bytes.
/// </summary>
internal sealed class MeterPayload
{
    private const string Before = "{\"time\":\"";
    private const string TimeForm = "yyyy-MM-ddTHH:mm:ss.ffffffZ";
    private static readonly int TimeLength = DateTime.UnixEpoch.ToString(TimeForm, CultureInfo.InvariantCulture).Length;

    private readonly byte[] _bytes;
    private readonly bool _isTelemetry;
    private DateTime _last;

    /// <summary>Payloads of so many bytes.</summary>
    public MeterPayload(int length)
    {
        var text = Before + new string('0', TimeLength) + "\",\"Vehicle.Speed\":63.5}";
        _isTelemetry = length >= text.Length;
        _bytes = Encoding.ASCII.GetBytes(_isTelemetry ? text.PadRight(length) : new string('x', length));
    }

    /// <summary>The next payload; good until the call after it.</summary>
    public ReadOnlySpan<byte> Next(TimeProvider clock)
    {
        if (_isTelemetry)
        {
            var now = clock.GetUtcNow().UtcDateTime;
            _last = now > _last ? now : _last.AddTicks(TimeSpan.TicksPerMicrosecond);
            _last.TryFormat(_bytes.AsSpan(Before.Length), out _, TimeForm, CultureInfo.InvariantCulture);
        }

        return _bytes;
    }
}
