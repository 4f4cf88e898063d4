using System.Diagnostics;
using System.Globalization;
using Telematics.Benchmarks.Database;
using Telematics.Messaging;

namespace Telematics.Benchmarks.RocketMQ;

/// <summary>Reads a topic from its beginning, all queues at once, and looks at each body's length.</summary>
internal sealed class ConsumeRun(string nameServer, int? brokerPid, string topic, long messages, int bodyLength, int rounds, string? javaLib)
{
    private const int MaxMessages = 2000;
    private const int MaxBytes = 1 << 20;

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await MeasureAsync(cancellationToken);
            return 0;
        }
        catch (BenchmarkException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return 1;
        }
    }

    private async Task MeasureAsync(CancellationToken cancellationToken)
    {
        await using var client = new BenchmarkClient(nameServer);
        var queues = await client.GetQueuesAsync(topic, cancellationToken);
        await Console.Error.WriteLineAsync($"filling {queues.Count} queues …");
        var perQueue = (messages + queues.Count - 1) / queues.Count;
        await Task.WhenAll(queues.Select(queue => client.FillAsync(queue, perQueue, bodyLength, cancellationToken)));

        // A broker makes readable what it has stored some time after its answer.
        while ((await Task.WhenAll(queues.Select(queue => CountAsync(client, queue, cancellationToken)))).Any(count => count < perQueue))
        {
            await Task.Delay(100, cancellationToken);
        }


        var table = new TextTable("client", "messages", "messages/s", "client CPU, µs a message", "client, B allocated a message", "broker CPU, µs a message");
        for (var round = 0; round < rounds; round++)
        {
            var broker = ServerCpu.Read(brokerPid);
            var allocated = GC.GetTotalAllocatedBytes(precise: true);
            var cpu = Environment.CpuUsage.TotalTime;
            var watch = Stopwatch.StartNew();
            var counts = await Task.WhenAll(queues.Select(queue => ReadAsync(client, queue, cancellationToken)));
            var seconds = watch.Elapsed.TotalSeconds;
            Add(table, "Telematics.RocketMQ", counts.Sum(), seconds, Environment.CpuUsage.TotalTime - cpu, GC.GetTotalAllocatedBytes(precise: true) - allocated, broker);
        }

        if (javaLib is not null)
        {
            using var java = await JavaConsumer.CompileAsync(javaLib, cancellationToken);
            var all = 0L;
            foreach (var queue in queues)
            {
                all += await CountAsync(client, queue, cancellationToken);
            }

            var broker = ServerCpu.Read(brokerPid);
            await foreach (var round in java.RunAsync(nameServer, topic, all, rounds, cancellationToken))
            {
                Add(table, "Java DefaultMQPushConsumer", round.Messages, round.Seconds, round.Cpu, null, broker);
                broker = ServerCpu.Read(brokerPid);
            }
        }

        table.Print();
    }

    private static async Task<long> CountAsync(BenchmarkClient client, MessageQueue queue, CancellationToken cancellationToken) =>
        await client.Offsets.GetMaxAsync(queue, cancellationToken) - await client.Offsets.GetMinAsync(queue, cancellationToken);

    private static async Task<long> ReadAsync(BenchmarkClient client, MessageQueue queue, CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var end = await client.Offsets.GetMaxAsync(queue, cancellationToken);
        var offset = await client.Offsets.GetMinAsync(queue, cancellationToken);
        await using var reader = client.OpenReader(queue);
        var (count, length) = (0L, 0L);
        while (offset < end)
        {
            var result = await reader.ReadAsync(offset, MaxMessages, MaxBytes, TimeSpan.FromSeconds(10), cancellationToken);
            using var batch = result.Batch;
            for (var i = 0; i < batch?.Count; i++)
            {
                length += batch[i].Body.Length;
            }

            count += batch?.Count ?? 0;
            offset = result.NextOffset;
        }

        return length == 0 ? throw new BenchmarkException($"Queue {queue} has only empty bodies.") : count;
    }

    private void Add(TextTable table, string client, long count, double seconds, TimeSpan cpu, long? allocated, TimeSpan? brokerBefore) => table.Add(
        client,
        count.ToString("N0", CultureInfo.InvariantCulture),
        (count / seconds).ToString("N0", CultureInfo.InvariantCulture),
        (cpu.TotalMicroseconds / count).ToString("F2", CultureInfo.InvariantCulture),
        allocated is { } bytes ? ((double)bytes / count).ToString("F1", CultureInfo.InvariantCulture) : "-",
        brokerBefore is { } before && ServerCpu.Read(brokerPid) is { } after ? ((after - before).TotalMicroseconds / count).ToString("F2", CultureInfo.InvariantCulture) : "-");
}
