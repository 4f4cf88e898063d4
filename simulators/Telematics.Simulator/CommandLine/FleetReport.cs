using System.Globalization;

namespace Telematics.Simulator.CommandLine;

/// <summary>The progress line and the closing summary as text.</summary>
public static class FleetReport
{
    /// <summary>One line: now, and since the line before.</summary>
    /// <param name="before">The counters of the line before.</param>
    /// <param name="now">The counters now.</param>
    /// <param name="acks">PUBACK times since the line before.</param>
    /// <param name="elapsed">Time since the line before.</param>
    public static string Progress(FleetCounters before, FleetCounters now, AckPercentiles acks, TimeSpan elapsed)
    {
        var seconds = Math.Max(elapsed.TotalSeconds, 1e-3);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"cars {now.Connected:N0}/{now.Vehicles:N0}{(now.Connecting > 0 ? $" (+{now.Connecting:N0} connecting)" : "")}{(now.Away > 0 ? $" ({now.Away:N0} away)" : "")}  sent {(now.Sent - before.Sent) / seconds:N0}/s  acked {(now.Acknowledged - before.Acknowledged) / seconds:N0}/s  PUBACK p50 {acks.P50:0.0} p99 {acks.P99:0.0} ms  open {now.Outstanding:N0}  commands {now.CommandsReceived:N0} ({now.CommandsAnswered:N0} answered)  reconnects {now.Reconnects:N0}");
    }

    /// <summary>The summary, line by line.</summary>
    /// <param name="summary">What the fleet did.</param>
    /// <param name="serverCpuSeconds">CPU time of the server meanwhile, or null.</param>
    /// <param name="serverBytes">Its resident memory at the end, or null.</param>
    public static IEnumerable<string> Summary(FleetSummary summary, double? serverCpuSeconds, long? serverBytes)
    {
        var counters = summary.Counters;
        var acks = summary.AckTimes;
        var seconds = Math.Max(summary.Elapsed.TotalSeconds, 1e-3);
        yield return Line($"cars          {counters.Vehicles:N0}, of them {counters.EverConnected:N0} were connected; {counters.Connects:N0} connects, {counters.ConnectFailures:N0} failed, {counters.ConnectionsLost:N0} connections lost");
        yield return Line($"sent          {counters.Sent:N0} messages in {seconds:N1} s ({counters.Sent / seconds:N0}/s), {counters.SamplesSent:N0} samples in {counters.TelemetrySent:N0} of them; {counters.Resent:N0} sent again, {counters.SamplesGivenUp:N0} samples given up");
        yield return Line($"acknowledged  {counters.Acknowledged:N0}, refused {counters.Refused:N0}, open {counters.Outstanding:N0}");
        yield return Line($"PUBACK        p50 {acks.P50:0.00}  p90 {acks.P90:0.00}  p99 {acks.P99:0.00}  p99.9 {acks.P999:0.00}  max {acks.Maximum:0.00} ms");
        yield return Line($"commands      {counters.CommandsReceived:N0} received ({counters.CommandsRepeated:N0} repeated), {counters.CommandsSucceeded:N0} done, {counters.CommandsRejected:N0} rejected, {counters.CommandsUnreadable:N0} unreadable; {counters.CarsThatObeyed:N0} cars obeyed");
        if (serverCpuSeconds is { } cpu)
        {
            yield return Line($"server CPU    {cpu:0.00} s, {cpu / seconds:0.00} cores, {cpu * 1e6 / Math.Max(1, counters.Acknowledged):0.0} us a message");
        }

        if (serverBytes is { } bytes)
        {
            yield return Line($"server memory {bytes / 1048576.0:N1} MiB");
        }

        if (counters.LastProblem is { } problem)
        {
            yield return Line($"last problem  {problem}; {counters.ProtocolErrors:N0} protocol errors");
        }

        foreach (var fault in summary.FindFaults())
        {
            yield return Line($"INCOMPLETE    {fault}");
        }
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
