using System.Globalization;
using Telematics.Api.Parameters;
using Telematics.Contracts;
using Telematics.Contracts.Telemetry;

namespace Telematics.Api.Telemetry;

/// <summary>Parameters that choose a part of a history.</summary>
internal static class TelemetryParameters
{
    public static readonly TimeParameter From = new("from", "First device time; 24 hours before `to`, or before now, when absent.");

    public static readonly TimeParameter To = new("to", "Device time behind the last one; 24 hours from now when absent, as far ahead as a device time may be.");

    public static readonly ListParameter Signals = new(
        "signals", "Only these signals; all when absent.", "signal paths of GET /api/v1/signals", SignalCatalogue.Count, 100, SignalCatalogue.ByPath.ContainsKey)
    {
        ItemChoices = [.. SignalCatalogue.Signals.Select(signal => signal.Path)],
    };

    private static readonly TimeSpan DefaultRange = TimeSpan.FromHours(24);

    /// <summary>The range in microseconds since 1970-01-01 UTC; refuses one that is empty or ends before it begins.</summary>
    public static (long From, long To) Range(RequestReader request, DateTime? from, DateTime? to, TimeProvider clock)
    {
        var end = to ?? clock.GetUtcNow().UtcDateTime + DefaultRange;
        var begin = from ?? (to is null ? clock.GetUtcNow().UtcDateTime : end) - DefaultRange;
        var range = (From: UnixTime.ToMicroseconds(begin), To: UnixTime.ToMicroseconds(end));
        if (range.From >= range.To)
        {
            request.Refuse(From.Name, "before to", from?.ToString("O", CultureInfo.InvariantCulture));
        }

        return range;
    }
}
