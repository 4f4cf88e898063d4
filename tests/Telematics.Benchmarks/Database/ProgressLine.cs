using System.Diagnostics;

namespace Telematics.Benchmarks.Database;

/// <summary>A line every few seconds while something long is under way; on the error stream, so that tables stay clean.</summary>
internal sealed class ProgressLine(string what, long total)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly Lock _lock = new();
    private TimeSpan _next = Period;
    private long _done;

    public void Add(long count)
    {
        lock (_lock)
        {
            _done += count;
            var elapsed = Stopwatch.GetElapsedTime(_began);
            if (elapsed >= _next)
            {
                _next = elapsed + Period;
                Console.Error.WriteLine($"{what}: {_done:N0} of about {total:N0}, {_done / elapsed.TotalSeconds:N0} a second");
            }
        }
    }
}
