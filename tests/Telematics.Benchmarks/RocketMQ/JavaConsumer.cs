using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Telematics.Benchmarks.Database;

namespace Telematics.Benchmarks.RocketMQ;

/// <summary>RocketMQ's own Java client, reading the same topic in a process of its own.</summary>
internal sealed class JavaConsumer : IAsyncDisposable
{
    // All queues assigned, from their beginning, in its largest batches; each round begins anew in the same process, so that the
    // last one is compiled code.
    private const string Source = """
        import java.lang.management.ManagementFactory;
        import java.util.*;
        import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
        import org.apache.rocketmq.common.message.*;

        public class Consume {
            public static void main(String[] arguments) throws Exception {
                long messages = Long.parseLong(arguments[2]);
                var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
                DefaultLitePullConsumer consumer = new DefaultLitePullConsumer("benchmark-java");
                consumer.setNamesrvAddr(arguments[0]);
                consumer.setAutoCommit(false);
                consumer.setPullBatchSize(1000);
                consumer.setPullThreadNums(Integer.parseInt(arguments[4]));
                consumer.start();
                Collection<MessageQueue> queues = consumer.fetchMessageQueues(arguments[1]);
                consumer.assign(queues);
                for (int round = 0; round < Integer.parseInt(arguments[3]); round++) {
                    for (MessageQueue queue : queues) {
                        consumer.seekToBegin(queue);
                    }
                    long cpu = system.getProcessCpuTime(), begin = System.nanoTime(), count = 0, length = 0;
                    while (count < messages) {
                        for (MessageExt message : consumer.poll(1000)) {
                            length += message.getBody().length;
                            count++;
                        }
                    }
                    System.out.println("round " + count + " " + (System.nanoTime() - begin) + " " + (system.getProcessCpuTime() - cpu) + " " + length);
                }
                consumer.shutdown();
                System.exit(0);
            }
        }
        """;

    private readonly string _classPath;
    private readonly string _folder;

    private JavaConsumer(string classPath, string folder)
    {
        _classPath = classPath;
        _folder = folder;
    }

    public static async Task<JavaConsumer> CompileAsync(string lib)
    {
        var folder = Directory.CreateTempSubdirectory("telematics-java-").FullName;
        var file = Path.Combine(folder, "Consume.java");
        await File.WriteAllTextAsync(file, Source);
        using var compiler = Process.Start(new ProcessStartInfo("javac", ["-cp", Path.Combine(lib, "*"), "-d", folder, file]) { RedirectStandardError = true })!;
        var errors = await compiler.StandardError.ReadToEndAsync();
        await compiler.WaitForExitAsync();
        return compiler.ExitCode == 0 ? new JavaConsumer($"{Path.Combine(lib, "*")}:{folder}", folder) : throw new BenchmarkException($"javac failed:\n{errors}");
    }

    public async IAsyncEnumerable<(long Messages, double Seconds, TimeSpan Cpu)> RunAsync(string nameServer, string topic, long messages, int rounds, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string[] arguments = ["-Xmx1g", $"-Duser.home={_folder}", "-cp", _classPath, "Consume", nameServer, topic, messages.ToString(CultureInfo.InvariantCulture), rounds.ToString(CultureInfo.InvariantCulture), Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture)];
        using var process = Process.Start(new ProcessStartInfo("java", arguments) { RedirectStandardOutput = true })!;
        try
        {
            while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
            {
                if (line.Split(' ') is ["round", var count, var nanoseconds, var cpu, _])
                {
                    yield return (long.Parse(count, CultureInfo.InvariantCulture), long.Parse(nanoseconds, CultureInfo.InvariantCulture) / 1e9, TimeSpan.FromMicroseconds(long.Parse(cpu, CultureInfo.InvariantCulture) / 1e3));
                }
            }
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }
}
