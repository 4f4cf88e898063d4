using System.Diagnostics;
using System.Globalization;

namespace Telematics.Benchmarks.MessageLog;

/// <summary>
/// Measures the candidates for the embedded log side by side: CPU of the whole process (user and kernel) and wall clock,
/// for groups as group commit makes them, 8 queues.
/// </summary>
internal static class LogChoice
{
    private static readonly int[] GroupSizes = [1, 10, 100, 1000];

    public static int Run(string directory, int bodyLength, TimeSpan duration)
    {
        Console.WriteLine($"bodies {bodyLength} B, 8 queues, {duration.TotalSeconds:0.#} s each, in {directory}");
        Console.WriteLine($"{"candidate",-44}{"group",6}{"append µs CPU/msg",19}{"append msg/s",14}{"worst ms",10}{"read µs CPU/msg",17}{"read msg/s",14}{"B/msg",8}");
        foreach (var groupSize in GroupSizes)
        {
            Measure(directory, groupSize, bodyLength, duration, d => new RawFileCandidate(d, bodyLength));
            Measure(directory, groupSize, bodyLength, duration, d => new FasterLogCandidate(d, bodyLength));
            Measure(directory, groupSize, bodyLength, duration, d => new SqliteCandidate(d, bodyLength, blocks: false, 4096, "NORMAL"));
            Measure(directory, groupSize, bodyLength, duration, d => new SqliteCandidate(d, bodyLength, blocks: true, 4096, "NORMAL"));
            Measure(directory, groupSize, bodyLength, duration, d => new SqliteCandidate(d, bodyLength, blocks: true, 4096, "OFF"));
            Measure(directory, groupSize, bodyLength, duration, d => new SqliteCandidate(d, bodyLength, blocks: true, 8192, "NORMAL"));
            Measure(directory, groupSize, bodyLength, duration, d => new SqliteCandidate(d, bodyLength, blocks: true, 16384, "NORMAL"));
        }

        return 0;
    }

    private static void Measure(string parent, int groupSize, int bodyLength, TimeSpan duration, Func<string, ILogCandidate> open)
    {
        var directory = Directory.CreateDirectory(Path.Combine(parent, Guid.NewGuid().ToString("N"))).FullName;
        try
        {
            using var candidate = open(directory);
            for (var i = 0; i < 200; i++)
            {
                candidate.Append(groupSize);
            }

            var written = 200L * groupSize;
            var process = Process.GetCurrentProcess();
            var cpu = process.TotalProcessorTime;
            var watch = Stopwatch.StartNew();
            var worst = TimeSpan.Zero;
            var messages = 0L;
            for (var last = TimeSpan.Zero; last < duration;)
            {
                candidate.Append(groupSize);
                messages += groupSize;
                var now = watch.Elapsed;
                worst = now - last > worst ? now - last : worst;
                last = now;
            }

            written += messages;
            process.Refresh();
            var appendCpu = process.TotalProcessorTime - cpu;
            var appendTime = watch.Elapsed;

            cpu = process.TotalProcessorTime;
            watch.Restart();
            var read = candidate.ReadBack();
            process.Refresh();
            var readCpu = process.TotalProcessorTime - cpu;
            var readTime = watch.Elapsed;
            if (read != written)
            {
                throw new InvalidOperationException($"{candidate.Name}: {written} messages written, {read} read.");
            }

            var bytes = new DirectoryInfo(directory).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{candidate.Name,-44}{groupSize,6}{appendCpu.TotalMicroseconds / messages,19:0.00}{messages / appendTime.TotalSeconds,14:#,0}{worst.TotalMilliseconds,10:0.0}{readCpu.TotalMicroseconds / read,17:0.00}{read / readTime.TotalSeconds,14:#,0}{bytes / (double)written,8:0}"));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
