using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text;
using HdrHistogram;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Telematics.Benchmarks.Database;
using Telematics.Messaging;
using Telematics.Messaging.Staging;
using Telematics.RocketMQ;
using Telematics.RocketMQ.Producing;
using Telematics.RocketMQ.Remoting;
using Telematics.RocketMQ.Routing;

namespace Telematics.Benchmarks.RocketMQ;

/// <summary>Our producers, each with connections of its own, fed by one thread.</summary>
internal sealed class OwnProducers : IAsyncDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly ProduceSettings _settings;
    private readonly RocketMQOptions _options;
    private readonly List<(RemotingClient Client, RouteTable Routes, RocketMQProducer Producer, LatencySink Sink)> _producers = [];
    private readonly MeterListener _listener = new();
    private long _requests;

    public OwnProducers(ProduceSettings settings, TimeSpan linger)
    {
        _settings = settings;
        _options = new RocketMQOptions { NameServers = settings.NameServer, MaxLinger = linger };
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "telematics.rocketmq.send_batch_size")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<int>((_, _, _, _) => Interlocked.Increment(ref _requests));
        _listener.Start();
    }

    public async Task<ProduceFigures> RunAsync(CancellationToken cancellationToken)
    {
        for (var i = 0; i < _settings.Producers; i++)
        {
            await AddAsync(cancellationToken);
        }

        var feeding = new CancellationTokenSource();
        var feeder = new Thread(() => Feed(feeding.Token)) { Name = "feeder" };
        feeder.Start();
        await Task.Delay(_settings.WarmUp, cancellationToken);
        _producers.ForEach(producer => producer.Sink.Reset());
        var (requests, cpu, broker, begin) = (Interlocked.Read(ref _requests), Environment.CpuUsage.TotalTime, ServerCpu.Read(_settings.BrokerPid), Stopwatch.GetTimestamp());
        await Task.Delay(_settings.Duration, cancellationToken);
        var latency = new LongHistogram(TimeSpan.TicksPerMinute, 3);
        var messages = _producers.Sum(producer => producer.Sink.Take(latency));
        var figures = new ProduceFigures(
            $"Telematics.RocketMQ, linger {_options.MaxLinger.TotalMilliseconds} ms",
            messages,
            Interlocked.Read(ref _requests) - requests,
            Stopwatch.GetElapsedTime(begin),
            Environment.CpuUsage.TotalTime - cpu,
            ServerCpu.Read(_settings.BrokerPid) - broker,
            latency.GetValueAtPercentile(50) / (double)TimeSpan.TicksPerMillisecond,
            latency.GetValueAtPercentile(99) / (double)TimeSpan.TicksPerMillisecond);
        await feeding.CancelAsync();
        feeder.Join();
        return figures;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (client, routes, producer, _) in _producers)
        {
            await producer.CloseAsync();
            await routes.DisposeAsync();
            await client.DisposeAsync();
        }

        _listener.Dispose();
        await _services.DisposeAsync();
    }

    private async Task AddAsync(CancellationToken cancellationToken)
    {
        var meters = _services.GetRequiredService<IMeterFactory>();
        var wrapped = Options.Create(_options);
        var client = new RemotingClient(wrapped, TimeProvider.System, NullLogger<RemotingClient>.Instance, new RemotingMetrics(meters));
        var routes = new RouteTable(new NameServers(client, wrapped, NullLogger<NameServers>.Instance), TimeProvider.System, NullLogger<RouteTable>.Instance);
        var route = await routes.GetAsync(_settings.Topic, cancellationToken);
        var broker = route?.Queues.FirstOrDefault(queues => queues.WriteQueues >= _settings.Queues)
            ?? throw new BenchmarkException($"There is no topic '{_settings.Topic}' with {_settings.Queues} queues on a broker: mqadmin updateTopic -n {_settings.NameServer} -c DefaultCluster -t {_settings.Topic} -r {_settings.Queues} -w {_settings.Queues}");
        var producer = new RocketMQProducer(
            _settings.Topic,
            [.. Enumerable.Range(0, _settings.Queues).Select(id => new MessageQueue(_settings.Topic, broker.BrokerName, id, id))],
            new ProducingContext(
                _options,
                TimeProvider.System,
                NullLogger.Instance,
                new ProducingMetrics(meters),
                new OutcomeDelivery(NullLogger.Instance),
                queue => new RemotingBatchTransport(queue, client, routes, _options.RequestTimeout)));
        _producers.Add((client, routes, producer, new LatencySink()));
    }

    private void Feed(CancellationToken cancellationToken)
    {
        var keys = Enumerable.Range(0, ProduceSettings.Keys).Select(car => Encoding.ASCII.GetBytes($"car-{car}")).ToArray();
        var body = new byte[_settings.BodyLength];
        new Random(1).NextBytes(body);
        var begin = Stopwatch.GetTimestamp();
        for (var sent = 0L; !cancellationToken.IsCancellationRequested;)
        {
            var due = _settings.Rate == 0 ? sent + 1000 : (long)(Stopwatch.GetElapsedTime(begin).TotalSeconds * _settings.Rate);
            for (; sent < due && !cancellationToken.IsCancellationRequested; sent++)
            {
                var (_, _, producer, sink) = _producers[(int)(sent % _producers.Count)];
                var message = new OutgoingMessage { Key = keys[sent / _producers.Count % keys.Length], Body = body };
                while (producer.Append(message, sink, new AppendToken(0, Stopwatch.GetTimestamp())) == AppendAdmission.BudgetUsedUp && !cancellationToken.IsCancellationRequested)
                {
                    Thread.Sleep(1);
                }
            }

            if (_settings.Rate != 0)
            {
                Thread.Sleep(1);
            }
        }
    }

    private sealed class LatencySink : IAppendSink
    {
        private readonly Lock _gate = new();
        private readonly LongHistogram _latency = new(TimeSpan.TicksPerMinute, 3);
        private long _refused;

        public void OnOutcomes(ReadOnlySpan<AppendOutcome> outcomes)
        {
            lock (_gate)
            {
                foreach (ref readonly var outcome in outcomes)
                {
                    if (outcome.Status == AppendStatus.Stored)
                    {
                        _latency.RecordValue(Math.Clamp(Stopwatch.GetElapsedTime(outcome.Token.Item).Ticks, 1, TimeSpan.TicksPerMinute));
                    }
                    else
                    {
                        _refused++;
                    }
                }
            }
        }

        public void Reset()
        {
            lock (_gate)
            {
                _latency.Reset();
            }
        }

        /// <summary>Adds what it has to <paramref name="all"/>; answers how many were stored.</summary>
        public long Take(LongHistogram all)
        {
            lock (_gate)
            {
                if (_refused > 0)
                {
                    throw new BenchmarkException($"{_refused} messages were refused.");
                }

                all.Add(_latency);
                return _latency.TotalCount;
            }
        }
    }
}
