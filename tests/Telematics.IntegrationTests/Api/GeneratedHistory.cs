using System.Globalization;
using Telematics.Contracts.Telemetry;
using Telematics.Storage;

namespace Telematics.IntegrationTests.Api;

/// <summary>A store that makes the samples of every vehicle up as they are read, one a second, and keeps none.</summary>
internal sealed class GeneratedHistory(int samples) : ITelemetryStore
{
    public const long Start = 1_764_000_000_000_000;
    private const long Second = 1_000_000;

    private long _rows;

    /// <summary>Samples handed out so far, of all vehicles.</summary>
    public long Rows => Interlocked.Read(ref _rows);

    /// <summary>Called at each read, before it answers.</summary>
    public Action<HistoryQuery> Reading { get; set; } = static _ => { };

    /// <summary>The other signals of every sample.</summary>
    public string? Other { get; init; }

    public static HistorySample Sample(long index, string? other = null)
    {
        var sample = new HistorySample { Time = Start + (index * Second) + 7, StoredAt = Start + (index * Second) + 500_000, Values = SignalValues.None, Other = other };
        sample.Values[SignalCatalogue.Latitude] = 31 + ((index % 1_000) / 1e6);
        sample.Values[SignalCatalogue.Speed] = (index * 7919 % 25_000) / 100.0;
        sample.Values[SignalCatalogue.TraveledDistance] = index;
        sample.Values[SignalCatalogue.ByPath["Vehicle.Powertrain.Range"].Index] = index * 7919 % 1_000_003;
        sample.Values[SignalCatalogue.ByPath["Vehicle.IsMoving"].Index] = index % 2;
        sample.Values[SignalCatalogue.ByPath["Vehicle.LowVoltageSystemState"].Index] = 4;
        if (index % 3 == 0)
        {
            sample.Values[SignalCatalogue.StateOfCharge] = 71.25;
        }

        return sample;
    }

    public ValueTask<HistoryPage<HistorySample>> ReadHistoryAsync(HistoryQuery query, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Reading(query);
        var first = query.Cursor is null ? 0 : int.Parse(query.Cursor, CultureInfo.InvariantCulture);
        var count = Math.Min(query.Limit, samples - first);
        Interlocked.Add(ref _rows, count);
        var page = new HistorySample[count];
        for (var i = 0; i < count; i++)
        {
            page[i] = Sample(first + i, query.WithOther ? Other : null);
        }

        return ValueTask.FromResult(new HistoryPage<HistorySample>(page, first + count < samples ? (first + count).ToString(CultureInfo.InvariantCulture) : null));
    }

    public ValueTask<HistoryPage<HistoryStep>> ReadStepsAsync(HistoryQuery query, long step, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask ReadLatestAsync(ReadSnapshot snapshot, LatestStateVisitor visit, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask WriteAsync(ReadOnlyMemory<TelemetryRow> rows, ReadOnlyMemory<byte> otherSignals, WriteSession session, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask WriteLatestAsync(ReadOnlyMemory<LatestRow> rows, ReadOnlyMemory<byte> otherSignals, WriteSession session, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask ReadCountersAsync(ReadOnlyMemory<long> vehicleKeys, Memory<SequenceCounters> counters, WriteSession session, CancellationToken cancellationToken) => throw new NotSupportedException();
}
