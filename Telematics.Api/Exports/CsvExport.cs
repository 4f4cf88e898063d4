using System.Globalization;
using System.Text;
using Telematics.Api.Telemetry;
using Telematics.Contracts;
using Telematics.Contracts.Telemetry;

namespace Telematics.Api.Exports;

/// <summary>
/// Writes an export as CSV (RFC 4180): a header row, then a row for each sample; an empty field is "not reported".
/// </summary>
internal sealed class CsvExport : IExportWriter
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    // Above every number, time and label of the catalogue.
    private const int MaxField = 128;

    // What a spreadsheet takes for the beginning of a formula. Numbers are left alone: a minus is theirs.
    private static readonly char[] FormulaStarts = ['=', '+', '-', '@', '\t', '\r'];

    private readonly ExportPlan _plan;
    private readonly ExportBody _body;

    /// <summary>Writes the header row.</summary>
    public CsvExport(ExportPlan plan, ExportBody body)
    {
        (_plan, _body) = (plan, body);
        WriteRaw("vehicleId,time,storedAt");
        foreach (var signal in plan.Signals)
        {
            WriteRaw(",");
            WriteRaw(signal.Path);
        }

        WriteRaw(plan.WithOther ? ",other\r\n" : "\r\n");
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(ExportPage page)
    {
        var vehicleId = Text(page.VehicleId);
        for (var i = 0; i < page.Samples.Count; i++)
        {
            WriteSample(vehicleId, page, i);
            await _body.FlushIfFullAsync();
        }
    }

    /// <inheritdoc/>
    public ValueTask CompleteAsync() => _body.SendAsync();

    /// <summary>A text as a field: no formula, quoted where the separators need it.</summary>
    public static string Text(string text)
    {
        var safe = text.Length > 0 && FormulaStarts.Contains(text[0]) ? "'" + text : text;
        return safe.AsSpan().ContainsAny("\",\r\n") ? $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : safe;
    }

    private void WriteSample(string vehicleId, ExportPage page, int index)
    {
        var sample = page.Samples[index];
        WriteRaw(vehicleId);
        WriteRaw(",");
        WriteTime(sample.Time);
        WriteRaw(",");
        WriteTime(sample.StoredAt);
        foreach (var signal in _plan.Signals)
        {
            WriteRaw(",");
            WriteValue(signal, sample.Values[signal.Index]);
        }

        if (_plan.WithOther)
        {
            WriteRaw(",");
            WriteRaw(sample.Other is null ? "" : Text(sample.Other));
        }

        WriteRaw("\r\n");
    }

    private void WriteTime(long microseconds)
    {
        UnixTime.ToDateTime(microseconds).TryFormat(_body.GetSpan(MaxField), out var length, TimeFormat, CultureInfo.InvariantCulture);
        _body.Advance(length);
    }

    private void WriteValue(Signal signal, double value)
    {
        if (double.IsNaN(value))
        {
            return;
        }

        if (SignalText.Of(signal, value) is { } text)
        {
            WriteRaw(text);
            return;
        }

        SignalText.Round(signal, value).TryFormat(_body.GetSpan(MaxField), out var length, provider: CultureInfo.InvariantCulture);
        _body.Advance(length);
    }

    private void WriteRaw(string text)
    {
        // In parts, so that a long text needs no long buffer; a part never ends within a pair of surrogates.
        for (var start = 0; start < text.Length;)
        {
            var count = Math.Min(1_024, text.Length - start);
            if (start + count < text.Length && char.IsHighSurrogate(text[start + count - 1]))
            {
                count--;
            }

            var part = text.AsSpan(start, count);
            _body.Advance(Encoding.UTF8.GetBytes(part, _body.GetSpan(Encoding.UTF8.GetMaxByteCount(count))));
            start += count;
        }
    }
}
