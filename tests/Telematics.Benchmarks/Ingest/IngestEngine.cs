using System.Buffers;
using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Telematics.Contracts;
using Telematics.Contracts.Telemetry;
using Telematics.Ingest;
using Telematics.Messaging;
using Telematics.Storage;

namespace Telematics.Benchmarks.Ingest;

/// <summary>Fills a log, then lets Ingest empty it: rows/s and CPU of the whole process per row, the log's reading included.</summary>
internal static class IngestEngine
{
    public static async Task RunAsync(int messages, int vehicles, bool isJson, CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("telematics-ingest-").FullName;
        try
        {
            using (var log = CreateHost(directory, withIngest: false))
            {
                await log.StartAsync(cancellationToken);
                await FillAsync(log.Services.GetRequiredService<IMessageLog>(), messages, vehicles, isJson, cancellationToken);
                await log.StopAsync(cancellationToken);
            }

            using var host = CreateHost(directory, withIngest: true);
            using var process = Process.GetCurrentProcess();
            await host.StartAsync(cancellationToken);
            var status = host.Services.GetRequiredService<IngestStatus>();

            // The first tenth brings the schema, the registration of the cars and the compiler's work.
            await UntilAsync(status, messages / 10, cancellationToken);
            process.Refresh();
            var cpu = process.TotalProcessorTime;
            var kernel = process.PrivilegedProcessorTime;
            var allocated = GC.GetTotalAllocatedBytes();
            var before = status.GetSnapshot().Rows;
            var clock = Stopwatch.StartNew();
            await UntilAsync(status, messages, cancellationToken);
            process.Refresh();
            var seconds = clock.Elapsed.TotalSeconds;
            var used = process.TotalProcessorTime - cpu;
            kernel = process.PrivilegedProcessorTime - kernel;
            allocated = GC.GetTotalAllocatedBytes() - allocated;
            var snapshot = status.GetSnapshot();
            var rows = snapshot.Rows - before;
            Console.WriteLine($"{(isJson ? "JSON" : "Protobuf")}, {vehicles:N0} cars: {rows:N0} rows in {seconds:N2} s = {rows / seconds:N0} rows/s; {used.TotalMicroseconds / rows:N1} µs CPU a row (kernel {kernel.TotalMicroseconds / rows:N1}), {allocated / rows:N0} B allocated a row; {snapshot.Rejected} rejected");
            Console.WriteLine($"database {new FileInfo(Path.Combine(directory, "telematics.db")).Length / (double)snapshot.Rows:N0} B a row");
            await host.StopAsync(cancellationToken);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Waits until so many messages are committed.</summary>
    internal static async Task UntilAsync(IngestStatus status, long messages, CancellationToken cancellationToken)
    {
        while (status.GetSnapshot().Messages < messages)
        {
            await Task.Delay(5, cancellationToken);
        }
    }

    /// <summary>Appends messages of one sample each, one car after the other.</summary>
    internal static async Task FillAsync(IMessageLog log, int messages, int vehicles, bool isJson, CancellationToken cancellationToken)
    {
        await log.DeclareTopicAsync(new TopicDeclaration(TopicNames.Telemetry), cancellationToken);
        var producer = log.GetProducer(TopicNames.Telemetry);
        var sink = new Countdown(messages);
        var body = new ArrayBufferWriter<byte>();
        var properties = new byte[256];
        var random = new Random(1);
        var time = (DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * UnixTime.MicrosecondsPerMillisecond) - (messages / vehicles * 5L * UnixTime.MicrosecondsPerSecond);
        for (var i = 0; i < messages; i++)
        {
            var id = $"car-{i % vehicles}";
            body.ResetWrittenCount();
            Write(body, i / vehicles, time + (i / vehicles * 5L * UnixTime.MicrosecondsPerSecond), random, isJson);
            while (!TryAppend(producer, id, body.WrittenSpan, properties, sink, i))
            {
                await Task.Delay(1, cancellationToken);
            }
        }

        await sink.Completion.WaitAsync(cancellationToken);
    }

    /// <summary>A sample with every signal but one.</summary>
    internal static TelemetrySample CreateSample(long time, Random random)
    {
        var sample = new TelemetrySample { DeviceTime = time, Values = SignalValues.None };
        foreach (var signal in SignalCatalogue.Signals)
        {
            if (signal.Index != SignalCatalogue.FuelLevel)
            {
                sample.Values[signal.Index] = Math.Floor(Math.Max(signal.Min, -100) + (random.NextDouble() * (Math.Min(signal.Max, 1_000) - Math.Max(signal.Min, -100))));
            }
        }

        return sample;
    }

    private static void Write(ArrayBufferWriter<byte> body, int seq, long time, Random random, bool isJson)
    {
        var sample = CreateSample(time, random);
        if (isJson)
        {
            TelemetryJson.Write(body, new MessageSequence(1, seq), [sample], default);
        }
        else
        {
            TelemetryProtobuf.Write(body, new MessageSequence(1, seq), [sample], default);
        }
    }

    private static bool TryAppend(IMessageProducer producer, string id, ReadOnlySpan<byte> body, byte[] buffer, IAppendSink sink, int item)
    {
        var writer = new MessagePropertiesWriter(buffer);
        writer.Add(MessagePropertyNames.MqttSecondTopic, "/" + id);
        writer.Add(MessagePropertyNames.ClientId, id);
        writer.Add(MessagePropertyNames.QosLevel, 1);
        var message = new OutgoingMessage { Key = Encoding.UTF8.GetBytes(id), Properties = writer.Written, Body = body };
        return producer.Append(message, sink, new AppendToken(1, item)) == AppendAdmission.Taken;
    }

    private static IHost CreateHost(string directory, bool withIngest)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Telematics:Messaging:Embedded:Directory"] = Path.Combine(directory, "log"),
            ["Telematics:Storage:DataDirectory"] = directory,
        });
        builder.Services.AddMetrics();
        builder.Services.AddEmbeddedMessageLog();
        if (withIngest)
        {
            builder.Services.AddTelematicsStorage();
            builder.Services.AddTelematicsIngest();
        }

        return builder.Build();
    }

    private sealed class Countdown(int count) : IAppendSink
    {
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _left = count;

        public Task Completion => _done.Task;

        public void OnOutcomes(ReadOnlySpan<AppendOutcome> outcomes)
        {
            foreach (ref readonly var outcome in outcomes)
            {
                if (outcome.Status != AppendStatus.Stored)
                {
                    _done.TrySetException(new InvalidOperationException($"Message {outcome.Token.Item} was not stored ({outcome.Status})."));
                }
            }

            if (Interlocked.Add(ref _left, -outcomes.Length) == 0)
            {
                _done.TrySetResult();
            }
        }
    }
}
