using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Telematics.Tests.RocketMQ.Producing;

/// <summary>What one instrument of one factory's meters was given.</summary>
internal sealed class Measured : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<(long Value, string? Reason)> _values = new();

    public Measured(IMeterFactory factory, string instrument)
    {
        _listener.InstrumentPublished = (published, listener) =>
        {
            if (published.Name == instrument && ReferenceEquals(published.Meter.Scope, factory))
            {
                listener.EnableMeasurementEvents(published);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, value, tags, _) => Add(value, tags));
        _listener.SetMeasurementEventCallback<int>((_, value, tags, _) => Add(value, tags));
        _listener.Start();
    }

    public IReadOnlyCollection<(long Value, string? Reason)> Values => [.. _values];

    public long Sum => _values.Sum(value => value.Value);

    public void Dispose() => _listener.Dispose();

    private void Add(long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string? reason = null;
        foreach (var (name, text) in tags)
        {
            reason = name == "reason" ? (string?)text : reason;
        }

        _values.Enqueue((value, reason));
    }
}
