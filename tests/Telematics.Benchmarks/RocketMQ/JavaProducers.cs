using System.Diagnostics;
using System.Globalization;
using Telematics.Benchmarks.Database;

namespace Telematics.Benchmarks.RocketMQ;

/// <summary>RocketMQ's own Java client under the same load, in a process of its own: compiled here from a few lines.</summary>
internal static class JavaProducers
{
    // "batch": as our producer does it, by hand: a thread for each producer and queue sends what is due as one batch, one request
    // under way. "single": each message by itself, asynchronously, to the queue that its key's hash selects, as is usual.
    private const string Source = """
        import java.lang.management.ManagementFactory;
        import java.util.*;
        import java.util.concurrent.*;
        import java.util.concurrent.atomic.*;
        import org.apache.rocketmq.client.producer.*;
        import org.apache.rocketmq.client.producer.selector.SelectMessageQueueByHash;
        import org.apache.rocketmq.common.message.*;

        public class Produce {
            static final LongAdder messages = new LongAdder(), requests = new LongAdder();
            static final AtomicLongArray latency = new AtomicLongArray(200000); // by 10 us
            static volatile boolean running = true;
            static String topic; static byte[] body; static int keys;

            static void record(long begin, int count) {
                messages.add(count); requests.increment();
                latency.addAndGet((int) Math.min(latency.length() - 1, (System.nanoTime() - begin) / 10_000), count);
            }

            static Message make(long number) {
                String key = "car-" + number % keys;
                return new Message(topic, "", key, body);
            }

            static void batches(DefaultMQProducer producer, MessageQueue queue, double rate) {
                long begin = System.nanoTime(), sent = 0;
                while (running) {
                    long due = rate == 0 ? sent + 100 : Math.min(sent + 1000, (long) ((System.nanoTime() - begin) / 1e9 * rate));
                    if (due == sent) { sleep(); continue; }
                    List<Message> batch = new ArrayList<>();
                    long handed = System.nanoTime();
                    for (; sent < due; sent++) batch.add(make(sent));
                    try {
                        if (producer.send(batch, queue).getSendStatus() == SendStatus.SEND_OK) record(handed, batch.size());
                    } catch (Exception failure) { System.err.println(failure); }
                }
            }

            static void singles(DefaultMQProducer producer, double rate) {
                Semaphore underWay = new Semaphore(1000);
                SelectMessageQueueByHash selector = new SelectMessageQueueByHash();
                long begin = System.nanoTime(), sent = 0;
                while (running) {
                    long due = rate == 0 ? sent + 100 : (long) ((System.nanoTime() - begin) / 1e9 * rate);
                    if (due == sent) { sleep(); continue; }
                    for (; sent < due && running; sent++) {
                        underWay.acquireUninterruptibly();
                        Message message = make(sent);
                        long handed = System.nanoTime();
                        try {
                            producer.send(message, selector, message.getKeys(), new SendCallback() {
                                public void onSuccess(SendResult result) { underWay.release(); record(handed, 1); }
                                public void onException(Throwable failure) { underWay.release(); }
                            });
                        } catch (Exception failure) { underWay.release(); System.err.println(failure); }
                    }
                }
            }

            static void sleep() { try { Thread.sleep(1); } catch (InterruptedException ended) { } }

            static double percentile(double part) {
                long all = 0, seen = 0;
                for (int i = 0; i < latency.length(); i++) all += latency.get(i);
                for (int i = 0; i < latency.length(); i++) { seen += latency.get(i); if (seen >= all * part) return i / 100.0; }
                return 0;
            }

            public static void main(String[] a) throws Exception {
                String mode = a[2]; int producers = Integer.parseInt(a[3]), queues = Integer.parseInt(a[4]);
                double rate = Double.parseDouble(a[5]); long warmUp = Long.parseLong(a[7]), duration = Long.parseLong(a[8]);
                topic = a[1]; body = new byte[Integer.parseInt(a[6])]; new Random(1).nextBytes(body); keys = Integer.parseInt(a[9]);
                List<DefaultMQProducer> all = new ArrayList<>();
                for (int p = 0; p < producers; p++) {
                    DefaultMQProducer producer = new DefaultMQProducer("benchmark-java");
                    producer.setNamesrvAddr(a[0]); producer.setInstanceName("p" + p); producer.start(); all.add(producer);
                    if (mode.equals("batch")) {
                        for (MessageQueue queue : producer.fetchPublishMessageQueues(topic)) {
                            if (queue.getQueueId() < queues) new Thread(() -> batches(producer, queue, rate / producers / queues)).start();
                        }
                    } else new Thread(() -> singles(producer, rate / producers)).start();
                }
                var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
                Thread.sleep(warmUp);
                for (int i = 0; i < latency.length(); i++) latency.set(i, 0);
                System.out.println("begin");
                long m = messages.sum(), r = requests.sum(), cpu = system.getProcessCpuTime(), begin = System.nanoTime();
                Thread.sleep(duration);
                System.out.printf(Locale.ROOT, "end %d %d %d %d %f %f%n", messages.sum() - m, requests.sum() - r, System.nanoTime() - begin, system.getProcessCpuTime() - cpu, percentile(0.5), percentile(0.99));
                System.in.read();
                running = false;
                Thread.sleep(500);
                for (DefaultMQProducer producer : all) producer.shutdown();
                System.exit(0);
            }
        }
        """;

    /// <param name="settings">The load.</param>
    /// <param name="lib">RocketMQ's lib folder.</param>
    /// <param name="mode"><c>batch</c> or <c>single</c>.</param>
    /// <param name="cancellationToken">Ends the process.</param>
    public static async Task<ProduceFigures> RunAsync(ProduceSettings settings, string lib, string mode, CancellationToken cancellationToken)
    {
        using var program = await JavaProgram.CompileAsync(lib, "Produce", Source, cancellationToken);
        using var process = program.Start(
            settings.NameServer, settings.Topic, mode, Text(settings.Producers), Text(settings.Queues), Text(settings.Rate), Text(settings.BodyLength),
            Text((int)settings.WarmUp.TotalMilliseconds), Text((int)settings.Duration.TotalMilliseconds), Text(ProduceSettings.Keys));
        try
        {
            return await ReadAsync(process, settings, mode, cancellationToken);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }
    }

    private static async Task<ProduceFigures> ReadAsync(Process process, ProduceSettings settings, string mode, CancellationToken cancellationToken)
    {
        TimeSpan? broker = null;
        while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            switch (line.Split(' '))
            {
                case ["begin"]:
                    broker = ServerCpu.Read(settings.BrokerPid);
                    break;
                case ["end", var messages, var requests, var nanoseconds, var cpu, var median, var late]:
                    var brokerCpu = ServerCpu.Read(settings.BrokerPid) - broker;
                    await process.StandardInput.WriteLineAsync();
                    return new ProduceFigures(
                        $"Java DefaultMQProducer, {mode}",
                        Number(messages),
                        Number(requests),
                        TimeSpan.FromMicroseconds(Number(nanoseconds) / 1e3),
                        TimeSpan.FromMicroseconds(Number(cpu) / 1e3),
                        brokerCpu,
                        double.Parse(median, CultureInfo.InvariantCulture),
                        double.Parse(late, CultureInfo.InvariantCulture));
            }
        }

        throw new BenchmarkException("The Java producer ended without a result.");
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
