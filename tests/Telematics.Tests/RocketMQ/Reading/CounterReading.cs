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

    public void Dispose() => _listener.Dispose();
}
