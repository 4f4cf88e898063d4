using System.Globalization;
using System.Runtime.CompilerServices;

namespace Telematics.Benchmarks.RocketMQ;

/// <summary>RocketMQ's own Java client, reading the same topic in a process of its own.</summary>
internal sealed class JavaConsumer : IDisposable
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

    private readonly JavaProgram _program;

    private JavaConsumer(JavaProgram program) => _program = program;

    public static async Task<JavaConsumer> CompileAsync(string lib, CancellationToken cancellationToken) =>
        new(await JavaProgram.CompileAsync(lib, "Consume", Source, cancellationToken));

    public async IAsyncEnumerable<(long Messages, double Seconds, TimeSpan Cpu)> RunAsync(string nameServer, string topic, long messages, int rounds, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var process = _program.Start(nameServer, topic, messages.ToString(CultureInfo.InvariantCulture), rounds.ToString(CultureInfo.InvariantCulture));
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

    public void Dispose() => _program.Dispose();
}
