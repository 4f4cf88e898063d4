using System.Globalization;
using System.Text;
using System.Text.Json;
using Telematics.Contracts.Telemetry;

namespace Telematics.Vehicle.Tracks;

/// <summary>
/// A recorded drive from a CSV file: a header line, then one row a moment. The column <c>time</c> is either seconds since
/// the beginning or a time of RFC 3339; every other column is a VSS path. An empty cell is a signal that was not reported.
/// Fields are separated by commas, may stand in double quotes, and <c>#</c> begins a comment line.
/// </summary>
internal sealed class Track
{
    private readonly List<(TimeSpan At, byte[] Signals)> _rows = [];

    private Track()
    {
    }

    /// <summary>How many rows it has.</summary>
    public int Count => _rows.Count;

    /// <summary>From the first row to the last.</summary>
    public TimeSpan Duration => _rows[^1].At;

    /// <summary>Reads a file; rows that no telemetry message could carry are reported and left out.</summary>
    /// <exception cref="TrackException">The file is not of the form.</exception>
    public static Track Load(string path, ILogger logger)
    {
        try
        {
            return Parse(File.ReadLines(path), logger);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TrackException($"{path} cannot be read: {e.Message}");
        }
    }

    /// <summary>Reads lines of text.</summary>
    /// <exception cref="TrackException">The text is not of the form.</exception>
    public static Track Parse(IEnumerable<string> lines, ILogger logger)
    {
        var track = new Track();
        string[]? header = null;
        double? first = null;
        var number = 0;
        foreach (var line in lines)
        {
            number++;
            if (string.IsNullOrWhiteSpace(line) || line[0] == '#')
            {
                continue;
            }

            var fields = CsvLine.Split(line);
            if (header is null)
            {
                header = ReadHeader(fields);
                continue;
            }

            if (fields.Length != header.Length)
            {
                throw new TrackException($"line {number} has {fields.Length} fields, the header {header.Length}");
            }

            if (!TryReadTime(fields[Array.IndexOf(header, "time")], out var seconds))
            {
                throw new TrackException($"line {number}: time '{fields[Array.IndexOf(header, "time")]}' is neither seconds nor a time of RFC 3339");
            }

            first ??= seconds;
            var at = TimeSpan.FromSeconds(seconds - first.Value);
            if (track._rows.Count > 0 && at <= track._rows[^1].At)
            {
                throw new TrackException($"line {number}: times must grow");
            }

            var signals = WriteSignals(header, fields);
            if (Check(signals) is { } wrong)
            {
                logger.RowRefused(number, wrong);
                continue;
            }

            track._rows.Add((at, signals));
        }

        return track._rows.Count > 0 ? track : throw new TrackException("there is no row that can be replayed");
    }

    /// <summary>The signals in force at a moment, as the inside of a JSON object (each with a comma before it): those of the newest row that is not later.</summary>
    public ReadOnlySpan<byte> SignalsAt(TimeSpan elapsed)
    {
        var (low, high) = (0, _rows.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (_rows[middle].At <= elapsed)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return _rows[low].Signals;
    }

    private static string[] ReadHeader(string[] fields)
    {
        if (Array.IndexOf(fields, "time") < 0)
        {
            throw new TrackException("the header has no column 'time'");
        }

        return fields.Distinct(StringComparer.Ordinal).Count() == fields.Length
            ? fields
            : throw new TrackException("the header names a column twice");
    }

    private static bool TryReadTime(string text, out double seconds)
    {
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out seconds))
        {
            return double.IsFinite(seconds) && Math.Abs(seconds) < 1e12;
        }

        if (text.Contains('T', StringComparison.Ordinal) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
        {
            seconds = (time - DateTimeOffset.UnixEpoch).TotalSeconds;
            return true;
        }

        return false;
    }

    private static byte[] WriteSignals(string[] header, string[] fields)
    {
        var json = new StringBuilder();
        for (var i = 0; i < header.Length; i++)
        {
            if (header[i] == "time" || fields[i].Length == 0)
            {
                continue;
            }

            json.Append(',').Append(JsonSerializer.Serialize(header[i])).Append(':').Append(ToJson(fields[i]));
        }

        return Encoding.UTF8.GetBytes(json.ToString());
    }

    private static string ToJson(string cell) =>
        cell is "true" or "false" ? cell
        : double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number.ToString("R", CultureInfo.InvariantCulture)
        : JsonSerializer.Serialize(cell);

    private static string? Check(byte[] signals)
    {
        byte[] body = [.. "{\"time\":\"2000-01-01T00:00:00Z\""u8, .. signals, .. "}"u8];
        var result = TelemetryCodec.Decode(body, "application/json"u8, new DecodedTelemetry());
        return result.Reason == RejectReason.None ? null : result.Detail;
    }
}
