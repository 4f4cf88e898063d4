using System.Globalization;
using Microsoft.Extensions.Options;
using Telematics.Commands.Operations;
using Telematics.Gateway;
using Telematics.Host.Settings;
using Telematics.Ingest;

namespace Telematics.Host.Demo;

/// <summary>One line that shows what the system does: rewritten each second on a terminal, printed every 5 s elsewhere.</summary>
internal sealed class DemoProgress(
    DemoSize size,
    GatewayStatistics gateway,
    IngestStatus ingest,
    CommandOperations commands,
    IOptions<HttpOptions> http,
    TimeProvider clock,
    IHostApplicationLifetime lifetime) : BackgroundService
{
    private readonly bool _isTerminal = !Console.IsOutputRedirected;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await WaitForStartAsync(stoppingToken);
        var address = $"http://{http.Value.Address}:{http.Value.EffectivePort}";
        Console.WriteLine($"API page {address}/scalar   metrics {address}/metrics   health {address}/health/ready   Ctrl+C ends");
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(_isTerminal ? 1 : 5), clock);
        var since = clock.GetTimestamp();
        var (messages, rows) = (gateway.MessagesIn, ingest.GetSnapshot().Rows);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var seconds = clock.GetElapsedTime(since).TotalSeconds;
            since = clock.GetTimestamp();
            var stored = ingest.GetSnapshot();
            var messagesNow = gateway.MessagesIn;
            var underWay = await commands.GetUnderWayAsync(stoppingToken);
            var line = string.Create(CultureInfo.InvariantCulture, $"cars {gateway.ConnectedVehicles:N0}/{size.Cars:N0} connected   in {(messagesNow - messages) / seconds:N0} messages/s   stored {(stored.Rows - rows) / seconds:N0} rows/s   lag {stored.LagSeconds:0.0} s   commands under way {underWay.Executions:N0}");
            (messages, rows) = (messagesNow, stored.Rows);
            Console.Write(_isTerminal ? $"\r{line}\u001b[K" : line + Environment.NewLine);
        }
    }

    private async Task WaitForStartAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);
    }
}
