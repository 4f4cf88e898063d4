using System.CommandLine;
using Telematics.Benchmarks.Database;
using Telematics.RocketMQ;

namespace Telematics.Benchmarks.RocketMQ;

/// <summary><c>rocketmq produce</c>: producers under a given load.</summary>
internal static class ProduceCommand
{
    public static Command Make()
    {
        var nameServer = new Option<string>("--name-server") { Description = "host:port of a name server.", Required = true };
        var brokerPid = new Option<int?>("--broker-pid") { Description = "The broker's process on this machine, for its CPU." };
        var topic = new Option<string>("--topic") { Description = "An existing topic with enough queues.", DefaultValueFactory = _ => "benchmark-produce" };
        var producers = new Option<int>("--producers") { Description = "Producers with connections of their own.", DefaultValueFactory = _ => 1 };
        var queues = new Option<int>("--queues") { Description = "Queues that each sends to.", DefaultValueFactory = _ => 8 };
        var rate = new Option<int>("--rate") { Description = "Messages a second in all; 0: as many as go.", DefaultValueFactory = _ => 0 };
        var linger = new Option<string>("--linger") { Description = "Whether small batches wait to grow when sends are frequent.", DefaultValueFactory = _ => "on" };
        linger.AcceptOnlyFromAmong("on", "off");
        var maxLinger = new Option<double>("--max-linger") { Description = "The longest linger in ms.", DefaultValueFactory = _ => new RocketMQOptions().MaxLinger.TotalMilliseconds };
        var body = new Option<int>("--body") { Description = "Body length in bytes.", DefaultValueFactory = _ => 200 };
        var warmUp = new Option<double>("--warm-up") { Description = "Seconds that are not counted.", DefaultValueFactory = _ => 5 };
        var seconds = new Option<double>("--seconds") { Description = "Seconds that are counted.", DefaultValueFactory = _ => 10 };
        var javaLib = new Option<DirectoryInfo?>("--java-lib") { Description = "RocketMQ's lib folder: its Java client does the same, in batches made by hand and in single sends (needs a JDK)." };
        var command = new Command("produce", "Sends at a rate or at full speed, with our producers and with RocketMQ's Java client.") { nameServer, brokerPid, topic, producers, queues, rate, linger, maxLinger, body, warmUp, seconds, javaLib };
        command.SetAction((result, cancellationToken) => BenchmarkException.ReportAsync(() => RunAsync(
            new ProduceSettings(
                result.GetRequiredValue(nameServer),
                result.GetValue(brokerPid),
                result.GetRequiredValue(topic),
                result.GetRequiredValue(producers),
                result.GetRequiredValue(queues),
                result.GetRequiredValue(rate),
                result.GetRequiredValue(body),
                TimeSpan.FromSeconds(result.GetRequiredValue(warmUp)),
                TimeSpan.FromSeconds(result.GetRequiredValue(seconds))),
            result.GetRequiredValue(linger) == "on" ? TimeSpan.FromMilliseconds(result.GetRequiredValue(maxLinger)) : TimeSpan.Zero,
            result.GetValue(javaLib)?.FullName,
            cancellationToken)));
        return command;
    }

    private static async Task<int> RunAsync(ProduceSettings settings, TimeSpan linger, string? javaLib, CancellationToken cancellationToken)
    {
        Console.WriteLine($"{settings.Producers} producers, {settings.Queues} queues each, {(settings.Rate == 0 ? "full speed" : $"{settings.Rate} messages/s in all")}, bodies {settings.BodyLength} B, {settings.Duration.TotalSeconds} s");
        var table = ProduceFigures.MakeTable();
        await using (var own = new OwnProducers(settings, linger))
        {
            (await own.RunAsync(cancellationToken)).AddTo(table);
        }

        if (javaLib is not null)
        {
            (await JavaProducers.RunAsync(settings, javaLib, "batch", cancellationToken)).AddTo(table);
            (await JavaProducers.RunAsync(settings, javaLib, "single", cancellationToken)).AddTo(table);
        }

        table.Print();
        return 0;
    }
}
