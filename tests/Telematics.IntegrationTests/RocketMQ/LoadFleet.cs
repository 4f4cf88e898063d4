using System.Diagnostics;
using System.Globalization;
using Telematics.Tests.Messaging;
using Xunit;

namespace Telematics.IntegrationTests.RocketMQ;

/// <summary>Many cars that report over a few connections, as much as the system takes; and the count afterwards.</summary>
internal sealed class LoadFleet
{
    /// <summary>Connections of a fleet, spread over the gateways.</summary>
    public const int Connections = 4;

    private const int CarsPerConnection = 100;

    private readonly DistributedSystem _system;
    private readonly string _prefix;
    private readonly bool _isNumbered;
    private readonly LoadConnection[] _connections;
    private readonly Dictionary<string, long> _reports = [];
    private readonly Stopwatch _watch = Stopwatch.StartNew();

    /// <param name="system">Whose gateways, database and log are used.</param>
    /// <param name="broker">Cars whose queue is on this broker only; null: on all.</param>
    /// <param name="isNumbered">Whether reports have <c>boot</c> and <c>seq</c>.</param>
    public LoadFleet(DistributedSystem system, string? broker = null, bool isNumbered = true)
    {
        _system = system;
        _isNumbered = isNumbered;
        _prefix = $"load-{Guid.NewGuid():N}"[..13] + "-";
        var cars = Enumerable.Range(0, int.MaxValue).Select(number => string.Create(CultureInfo.InvariantCulture, $"{_prefix}{number}"))
            .Where(car => broker is null || system.BrokerOf(car) == broker)
            .Take(Connections * CarsPerConnection)
            .Chunk(CarsPerConnection);
        int[] ports = [.. system.Gateways.Select(gateway => gateway.MqttPort)];
        var start = DateTime.UtcNow.AddHours(-2);
        start = start.AddTicks(-(start.Ticks % TimeSpan.TicksPerSecond));
        _connections = [.. cars.Select((own, index) => new LoadConnection($"{_prefix}c{index}", [.. ports[(index % ports.Length)..], .. ports[..(index % ports.Length)]], own, isNumbered, start, TestContext.Current.CancellationToken))];
    }

    /// <summary>Reports acknowledged so far.</summary>
    public long Acknowledged => _connections.Sum(connection => connection.Acknowledged);

    /// <summary>How often connections were made.</summary>
    public int Connects => _connections.Sum(connection => connection.Connects);

    /// <summary>Sends nothing new; ends when everything is acknowledged.</summary>
    public async Task StopAsync()
    {
        foreach (var (car, count) in (await Task.WhenAll(_connections.Select(connection => connection.StopAsync()))).SelectMany(cars => cars))
        {
            _reports[car] = count;
        }

        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Acknowledged} reports acknowledged in {_watch.Elapsed.TotalSeconds:F1} s: {Acknowledged / _watch.Elapsed.TotalSeconds:F0}/s"));
    }

    /// <summary>After the stop: every report is stored, a numbered one once, and each car's are in the log in their order.</summary>
    public async Task CountAsync()
    {
        Assert.All(_reports, car => Assert.True(car.Value > 10, $"{car.Key} had only {car.Value} reports acknowledged."));
        await CountStoredAsync();
        await CheckOrderAsync();
    }

    // Each report has a device time of its own, so that a row tells its report.
    private async Task CountStoredAsync()
    {
        var rows = 0L;
        for (var end = Environment.TickCount64 + 60_000; ;)
        {
            var stored = await _system.CountTelemetryAsync(_prefix);
            if (stored.Values.Sum(car => car.Rows) > rows)
            {
                rows = stored.Values.Sum(car => car.Rows);
                end = Environment.TickCount64 + 60_000; // the backlog is being stored
            }

            var lost = _reports.Where(car => stored.GetValueOrDefault(car.Key).Reports < car.Value).Select(car => $"{car.Key}: {stored.GetValueOrDefault(car.Key).Reports} of {car.Value}").ToList();
            if (lost.Count == 0)
            {
                Assert.All(stored, car => Assert.Equal(_reports[car.Key], car.Value.Reports));
                if (_isNumbered)
                {
                    Assert.All(stored, car => Assert.Equal(car.Value.Reports, car.Value.Rows));
                }

                return;
            }

            Assert.True(Environment.TickCount64 < end, $"Acknowledged but not stored: {string.Join(", ", lost.Take(20))}");
            await Task.Delay(250, TestContext.Current.CancellationToken);
        }
    }

    // A repeat, of the gateway or of the car, comes later than what it repeats; without it the numbers grow by one.
    private async Task CheckOrderAsync()
    {
        await using var running = await _system.OpenLogAsync();
        var last = new Dictionary<string, long>();
        foreach (var message in await running.Log.ReadTopicAsync("telemetry", TestContext.Current.CancellationToken))
        {
            if (_isNumbered && message.Key.StartsWith(_prefix, StringComparison.Ordinal))
            {
                var from = message.Body.IndexOf("\"seq\":", StringComparison.Ordinal) + "\"seq\":".Length;
                var number = long.Parse(message.Body.AsSpan(from, message.Body.IndexOf(',', from) - from), CultureInfo.InvariantCulture);
                var before = last.GetValueOrDefault(message.Key);
                Assert.True(number <= before + 1, $"{message.Key}: report {number} is in the log before report {before + 1}.");
                last[message.Key] = Math.Max(before, number);
            }
        }

        if (_isNumbered)
        {
            Assert.Equal(_reports.OrderBy(car => car.Key), last.OrderBy(car => car.Key));
        }
    }
}
