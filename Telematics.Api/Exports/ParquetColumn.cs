using Parquet;
using Parquet.Schema;
using Telematics.Api.Telemetry;
using Telematics.Contracts;
using Telematics.Contracts.Telemetry;
using Telematics.Storage;

namespace Telematics.Api.Exports;

/// <summary>One column of a row group that is being filled.</summary>
internal abstract class ParquetColumn(DataField field)
{
    /// <summary>Its name and type.</summary>
    public DataField Field { get; } = field;

    /// <summary>Puts a sample's value into a row.</summary>
    public abstract void Set(int row, string vehicleId, in HistorySample sample);

    /// <summary>Writes the first rows as the next column of a row group.</summary>
    public abstract Task WriteAsync(ParquetRowGroupWriter group, int rows, CancellationToken cancellationToken);

    /// <summary>A signal in the type of its kind: labels as text, decimals as double, rounded as in JSON.</summary>
    public static ParquetColumn Of(Signal signal, int capacity) => signal.Type switch
    {
        SignalType.Label => new ParquetTextColumn(signal.Path, true, capacity, (_, sample) =>
            double.IsNaN(sample.Values[signal.Index]) ? null : SignalText.Of(signal, sample.Values[signal.Index])),
        SignalType.Boolean => new ParquetSignalColumn<bool>(signal, capacity, value => value != 0),
        SignalType.Smallint or SignalType.Integer => new ParquetSignalColumn<int>(signal, capacity, value => (int)value),
        SignalType.Bigint => new ParquetSignalColumn<long>(signal, capacity, value => (long)value),
        _ => new ParquetSignalColumn<double>(signal, capacity, value => SignalText.Round(signal, value)),
    };
}

/// <summary>A signal; null = not reported.</summary>
internal sealed class ParquetSignalColumn<T>(Signal signal, int capacity, Func<double, T> convert) : ParquetColumn(new DataField<T>(signal.Path, true))
    where T : struct
{
    private readonly T?[] _values = new T?[capacity];

    public override void Set(int row, string vehicleId, in HistorySample sample)
    {
        var value = sample.Values[signal.Index];
        _values[row] = double.IsNaN(value) ? null : convert(value);
    }

    public override Task WriteAsync(ParquetRowGroupWriter group, int rows, CancellationToken cancellationToken) =>
        group.WriteAsync<T>(Field, _values.AsMemory(0, rows), cancellationToken: cancellationToken);
}

/// <summary>A time in microseconds, UTC.</summary>
internal sealed class ParquetTimeColumn(string name, int capacity, Func<HistorySample, long> select)
    : ParquetColumn(new DateTimeDataField(name, DateTimeFormat.Timestamp, isAdjustedToUTC: true, DateTimeTimeUnit.Micros, isNullable: false))
{
    private readonly DateTime[] _values = new DateTime[capacity];

    public override void Set(int row, string vehicleId, in HistorySample sample) => _values[row] = UnixTime.ToDateTime(select(sample));

    public override Task WriteAsync(ParquetRowGroupWriter group, int rows, CancellationToken cancellationToken) =>
        group.WriteAsync<DateTime>(Field, _values.AsMemory(0, rows), cancellationToken: cancellationToken);
}

/// <summary>A text.</summary>
internal sealed class ParquetTextColumn(string name, bool isNullable, int capacity, Func<string, HistorySample, string?> select)
    : ParquetColumn(new DataField<string>(name, isNullable))
{
    private readonly string?[] _values = new string?[capacity];

    public override void Set(int row, string vehicleId, in HistorySample sample) => _values[row] = select(vehicleId, sample);

    public override async Task WriteAsync(ParquetRowGroupWriter group, int rows, CancellationToken cancellationToken)
    {
        await group.WriteAsync(Field, new ArraySegment<string>(_values!, 0, rows));
        Array.Clear(_values, 0, rows);
    }
}
