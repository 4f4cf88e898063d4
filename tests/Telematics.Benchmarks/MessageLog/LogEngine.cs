using System.Diagnostics;
using System.Globalization;
using System.Text;
using Telematics.Messaging;
using Telematics.Messaging.Embedded;

namespace Telematics.Benchmarks.MessageLog;

/// <summary>The embedded log through its port: full speed, paced, and reading back.</summary>
internal static class LogEngine
{
    private const string Topic = "telemetry";
    private const int Cars = 1_000;
    private static readonly int[] Rates = [0, 200, 2_000, 20_000, 100_000];

    public static async Task<int> RunAsync(string directory, int bodyLength, TimeSpan duration, CancellationToken cancellationToken)
    {
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }

        using var log = BenchmarkLog.Open(directory);
        await log.DeclareTopicAsync(new TopicDeclaration(Topic), cancellationToken);
        Console.WriteLine($"bodies {bodyLength} B, 8 queues, {Cars} keys, one producing thread, in {directory}");
        Console.WriteLine($"{"rate",-12}{"appended/s",14}{"µs CPU/msg",12}{"B garbage/msg",15}{"msg/group",11}{"ack p50 ms",12}{"p99",8}{"max",8}");
        Append(log, bodyLength, 0, TimeSpan.FromSeconds(1), print: false);
        foreach (var rate in Rates)
        {
            Append(log, bodyLength, rate, duration, print: true);
        }

        await ReadBackAsync(log, cancellationToken);
        return 0;
    }

    private static void Append(EmbeddedMessageLog log, int bodyLength, int rate, TimeSpan duration, bool print)
    {
        var producer = log.GetProducer(Topic);
        var keys = Enumerable.Range(0, Cars).Select(car => Encoding.ASCII.GetBytes($"car-{car}")).ToArray();
        var sink = new LatencySink();
        var body = new byte[bodyLength];
        var process = Process.GetCurrentProcess();
        var cpu = process.TotalProcessorTime;
        var garbage = GC.GetTotalAllocatedBytes();
        var watch = Stopwatch.StartNew();
        var sent = 0L;
        while (watch.Elapsed < duration)
        {
            var due = rate == 0 ? sent + 1000 : (long)(watch.Elapsed.TotalSeconds * rate);
            for (; sent < due; sent++)
            {
                while (producer.Append(new OutgoingMessage { Key = keys[sent % Cars], Body = body }, sink, new AppendToken(0, Stopwatch.GetTimestamp())) != AppendAdmission.Taken)
                {
                    Thread.Sleep(1);
                }
            }

            if (rate != 0)
            {
                Thread.Sleep(Math.Max(1, 1000 / rate)); // seldom, or the pacing costs more than what it measures
            }
        }

        sink.WaitFor(sent);
        var elapsed = watch.Elapsed;
        process.Refresh();
        if (print)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{(rate == 0 ? "full speed" : $"{rate:#,0}/s"),-12}{sent / elapsed.TotalSeconds,14:#,0}{(process.TotalProcessorTime - cpu).TotalMicroseconds / sent,12:0.00}{(GC.GetTotalAllocatedBytes() - garbage) / (double)sent,15:0.0}{sent / (double)sink.Groups,11:0.0}{sink.Percentile(0.5),12:0.00}{sink.Percentile(0.99),8:0.0}{sink.Percentile(1),8:0.0}"));
        }
    }

    private static async Task ReadBackAsync(EmbeddedMessageLog log, CancellationToken cancellationToken)
    {
        var process = Process.GetCurrentProcess();
        var cpu = process.TotalProcessorTime;
        var garbage = GC.GetTotalAllocatedBytes();
        var watch = Stopwatch.StartNew();
        var (messages, bytes) = (0L, 0L);
        foreach (var queue in log.GetQueues(Topic))
        {
            await using var reader = log.OpenReader(queue, TagFilter.All);
            var offset = 0L;
            while (true)
            {
                var result = await reader.ReadAsync(offset, 256, 1 << 20, TimeSpan.Zero, cancellationToken);
                if (result.Batch is not { } batch)
                {
                    break;
                }

                for (var i = 0; i < batch.Count; i++)
                {
                    bytes += batch[i].Body.Length;
                }

                messages += batch.Count;
                batch.Dispose();
                offset = result.NextOffset;
            }
        }

        process.Refresh();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"read back {messages:#,0} messages, {bytes / 1e6:0} MB of bodies: {messages / watch.Elapsed.TotalSeconds:#,0}/s, {(process.TotalProcessorTime - cpu).TotalMicroseconds / messages:0.00} µs CPU/msg, {(GC.GetTotalAllocatedBytes() - garbage) / (double)messages:0.0} B garbage/msg; working set {process.WorkingSet64 / 1e6:0} MB"));
    }

    private sealed class LatencySink : IAppendSink
    {
        private readonly long[] _histogram = new long[20_000]; // of 50 µs each, up to 1 s
        private readonly AutoResetEvent _changed = new(false);
        private long _count;

        public long Groups { get; private set; }

        public void OnOutcomes(ReadOnlySpan<AppendOutcome> outcomes)
        {
            Groups++;
            var now = Stopwatch.GetTimestamp();
            foreach (ref readonly var outcome in outcomes)
            {
                var bucket = (int)(Stopwatch.GetElapsedTime(outcome.Token.Item, now).TotalMicroseconds / 50);
                _histogram[Math.Min(bucket, _histogram.Length - 1)]++;
            }

            Interlocked.Add(ref _count, outcomes.Length);
            _changed.Set();
        }

        public void WaitFor(long count)
        {
            while (Interlocked.Read(ref _count) < count)
            {
                _changed.WaitOne();
            }
        }

        public double Percentile(double part)
        {
            var (left, total) = ((long)Math.Ceiling(part * _count), 0L);
            for (var bucket = 0; bucket < _histogram.Length; bucket++)
            {
                total += _histogram[bucket];
                if (total >= left)
                {
                    return (bucket + 1) * 0.05;
                }
            }

            return double.PositiveInfinity;
        }
    }
}
