using System.Diagnostics.Metrics;

namespace Telematics.Tests.RocketMQ.Reading;

/// <summary>The sum of one instrument of one meter factory.</summary>
internal sealed class CounterReading : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _sum;

    public CounterReading(IMeterFactory factory, string meter, string instrument)
    {
        _listener.InstrumentPublished = (published, listener) =>
        {
            if (published.Meter.Name == meter && ReferenceEquals(published.Meter.Scope, factory) && published.Name == instrument)
            {
                listener.EnableMeasurementEvents(published);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref _sum, value));
        _listener.Start();
    }

    public long Sum => Volatile.Read(ref _sum);

    /// <summary>Asks an instrument that tells its value only when it is asked.</summary>
    public long Observe()
    {
        Interlocked.Exchange(ref _sum, 0);
        _listener.RecordObservableInstruments();
        return Sum;
    }

    public void Dispose() => _listener.Dispose();
}
