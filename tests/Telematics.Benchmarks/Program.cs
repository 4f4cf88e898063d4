using System.CommandLine;
using Telematics.Benchmarks;
using Telematics.Benchmarks.Fleet;
using Telematics.Benchmarks.Gateway;
using Telematics.Benchmarks.History;
using Telematics.Benchmarks.Ingest;
using Telematics.Benchmarks.Live;
using Telematics.Benchmarks.MessageLog;
using Telematics.Benchmarks.RocketMQ;
using Telematics.Benchmarks.Tsbs;

// Run with -c Release, on a machine that does nothing else:
//   dotnet run -c Release --project tests/Telematics.Benchmarks -- log engine
var root = new RootCommand(
    """
    Measures parts of Telematics. CPU is that of the whole process, user and kernel, divided by the messages.

      log engine    the embedded message log: append at full speed and at given rates, read back
      log choice    the candidates it was chosen from (docs/decisions/0003-embedded-log.md)
      log append    appends until it is killed and prints what was acknowledged (for the crash test)
      gateway       the gateway on a log that answers at once: CPU for a publish, memory of an idle connection, by transport
      ingest        empties an embedded log of telemetry into SQLite, or into PostgreSQL beside bare COPY, at full speed
      liveview      the live view with a million cars: memory, updates, queries, streams
      postgres      the history of one car out of very many in PostgreSQL
      rocketmq      the RocketMQ client on a running broker, beside RocketMQ's own Java client
      tsbs          TSBS iot on PostgreSQL with or without TimescaleDB, in TSBS's tables and in ours
      cars          simulated cars without sockets: memory of a car, CPU of a report
      bdn           BenchmarkDotNet's switcher over all [Benchmark] classes; its own options follow, such as --filter
    """)
{
    LogCommand.Make(),
    GatewayCommand.Make(),
    IngestCommand.Make(),
    LiveViewCommand.Make(),
    PostgresCommand.Make(),
    RocketMQCommand.Make(),
    TsbsCommand.Make(),
    CarsCommand.Make(),
    BenchmarkDotNetCommand.Make(),
};
return await root.Parse(args).InvokeAsync();
