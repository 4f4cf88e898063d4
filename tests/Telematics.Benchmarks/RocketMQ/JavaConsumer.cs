using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Telematics.Benchmarks.Database;

namespace Telematics.Benchmarks.RocketMQ;

/// <summary>RocketMQ's own Java client, reading the same topic in a process of its own.</summary>
internal sealed class JavaConsumer : IAsyncDisposable
{
    // A push consumer with the largest batches it takes. Each round is a new group in the same process, so that the last one runs
    // compiled code; its time begins with its first message, so that the start-up and the division are not in it.
    private const string Source = """
        import java.lang.management.ManagementFactory;
        import java.util.List;
        import java.util.concurrent.CountDownLatch;
        import java.util.concurrent.atomic.AtomicLong;
        import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
        import org.apache.rocketmq.client.consumer.listener.*;
        import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
        import org.apache.rocketmq.common.message.MessageExt;

        public class Consume {
            public static void main(String[] arguments) throws Exception {
                long messages = Long.parseLong(arguments[2]);
                var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
                for (int round = 0; round < Integer.parseInt(arguments[3]); round++) {
                    DefaultMQPushConsumer consumer = new DefaultMQPushConsumer("benchmark-java-" + System.nanoTime());
                    consumer.setNamesrvAddr(arguments[0]);
                    consumer.setInstanceName("benchmark-" + round);
                    consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
                    consumer.setPullBatchSize(1024);
                    consumer.setConsumeMessageBatchMaxSize(1024);
                    consumer.setPullThresholdForQueue(10000);
                    consumer.subscribe(arguments[1], "*");
                    AtomicLong count = new AtomicLong(), length = new AtomicLong(), began = new AtomicLong(), cpu = new AtomicLong();
                    CountDownLatch end = new CountDownLatch(1);
                    consumer.registerMessageListener((MessageListenerConcurrently) (List<MessageExt> batch, ConsumeConcurrentlyContext context) -> {
                        if (began.compareAndSet(0, System.nanoTime())) {
                            cpu.set(system.getProcessCpuTime());
                        }
                        long sum = 0;
                        for (MessageExt message : batch) {
                            sum += message.getBody().length;
                        }
                        length.addAndGet(sum);
                        if (count.addAndGet(batch.size()) >= messages) {
                            end.countDown();
                        }
                        return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
                    });
                    consumer.start();
                    end.await();
                    System.out.println("round " + count + " " + (System.nanoTime() - began.get()) + " " + (system.getProcessCpuTime() - cpu.get()) + " " + length);
                    consumer.shutdown();
                }
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
        string[] arguments = ["-Xmx1g", $"-Duser.home={_folder}", "-cp", _classPath, "Consume", nameServer, topic, messages.ToString(CultureInfo.InvariantCulture), rounds.ToString(CultureInfo.InvariantCulture)];
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
