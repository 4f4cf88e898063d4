using System.CommandLine;

namespace Telematics.Benchmarks.RocketMQ;

/// <summary>The RocketMQ client's measurements, on a broker that runs already.</summary>
internal static class RocketMQCommand
{
    public static Command Make()
    {
        var nameServer = new Option<string>("--name-server") { Description = "host:port of a name server.", Required = true };
        var brokerPid = new Option<int?>("--broker-pid") { Description = "The broker's process on this machine, for its CPU." };
        var topic = new Option<string>("--topic") { Description = "An existing topic; it is filled up to --messages.", DefaultValueFactory = _ => "benchmark-consume" };
        var messages = new Option<long>("--messages") { Description = "How many messages are read.", DefaultValueFactory = _ => 1_000_000 };
        var body = new Option<int>("--body") { Description = "Body length in bytes.", DefaultValueFactory = _ => 200 };
        var rounds = new Option<int>("--rounds") { Description = "How often each reads all of them; the last round has no start-up in it.", DefaultValueFactory = _ => 3 };
        var javaLib = new Option<DirectoryInfo?>("--java-lib") { Description = "RocketMQ's lib folder: its Java client does the same (needs a JDK)." };

        var consume = new Command("consume", "Reads a topic from its beginning, with our readers and with RocketMQ's Java client.") { nameServer, brokerPid, topic, messages, body, rounds, javaLib };
        consume.SetAction((result, cancellationToken) => new ConsumeRun(
            result.GetRequiredValue(nameServer),
            result.GetValue(brokerPid),
            result.GetRequiredValue(topic),
            result.GetRequiredValue(messages),
            result.GetRequiredValue(body),
            result.GetRequiredValue(rounds),
            result.GetValue(javaLib)?.FullName).RunAsync(cancellationToken));
        return new Command("rocketmq", "The RocketMQ client.") { ProduceCommand.Make(), consume };
    }
}
