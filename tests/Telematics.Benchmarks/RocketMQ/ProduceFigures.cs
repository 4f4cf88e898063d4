using System.Globalization;
using Telematics.Benchmarks.Database;

namespace Telematics.Benchmarks.RocketMQ;

/// <summary>What one client did in the counted time.</summary>
/// <param name="Client">Its name.</param>
/// <param name="Messages">Acknowledged.</param>
/// <param name="Requests">Acknowledged sends.</param>
/// <param name="Elapsed">The counted time.</param>
/// <param name="ClientCpu">CPU of its process, user and kernel.</param>
/// <param name="BrokerCpu">CPU of the broker's; null: unknown.</param>
/// <param name="MedianMilliseconds">From handing a message over to its acknowledgement.</param>
/// <param name="LateMilliseconds">The same of the 99th percentile.</param>
internal sealed record ProduceFigures(string Client, long Messages, long Requests, TimeSpan Elapsed, TimeSpan ClientCpu, TimeSpan? BrokerCpu, double MedianMilliseconds, double LateMilliseconds)
{
    public static TextTable MakeTable() => new("client", "messages/s", "messages a request", "client CPU, µs a message", "broker CPU, µs a message", "ack p50, ms", "p99");

    public void AddTo(TextTable table)
    {
        if (Messages == 0)
        {
            throw new BenchmarkException($"{Client}: nothing was acknowledged.");
        }

        table.Add(
            Client,
            Text(Messages / Elapsed.TotalSeconds, "N0"),
            Text((double)Messages / Math.Max(1, Requests), "N1"),
            Text(ClientCpu.TotalMicroseconds / Messages, "N2"),
            BrokerCpu is { } broker ? Text(broker.TotalMicroseconds / Messages, "N2") : "-",
            Text(MedianMilliseconds, "N2"),
            Text(LateMilliseconds, "N2"));
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
