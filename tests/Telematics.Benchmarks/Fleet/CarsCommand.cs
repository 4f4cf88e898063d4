using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Telematics.Contracts;
using Telematics.Contracts.Commands;
using Telematics.Simulator;
using Telematics.Simulator.Cars;
using Telematics.Simulator.Planning;
using Telematics.Simulator.Workers;

namespace Telematics.Benchmarks.Fleet;

/// <summary><c>cars</c>: what a simulated car costs in memory and a report in CPU, without sockets.</summary>
internal static class CarsCommand
{
    public static Command Make()
    {
        var cars = new Option<int>("--cars") { Description = "How many cars.", DefaultValueFactory = _ => 100_000 };
        var rounds = new Option<int>("--rounds") { Description = "Reports of each car.", DefaultValueFactory = _ => 10 };
        var interval = new Option<double>("--interval") { Description = "Seconds of driving between two reports.", DefaultValueFactory = _ => 30 };
        var format = new Option<PayloadFormat>("--format") { Description = "Encoding of telemetry.", DefaultValueFactory = _ => PayloadFormat.Json };
        var command = new Command("cars", "What a simulated car costs in memory and a report in CPU, without sockets.") { cars, rounds, interval, format };
        command.SetAction(result => Run(result.GetValue(cars), result.GetValue(rounds), TimeSpan.FromSeconds(result.GetValue(interval)), result.GetValue(format)));
        return command;
    }

    private static void Run(int cars, int rounds, TimeSpan interval, PayloadFormat format)
    {
        var clock = new SteppedClock();
        var gateway = new AnsweringTransport(cars);
        var options = new FleetOptions { Interval = interval, Format = format, KeepAliveSeconds = 600 };
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var environment = new CarEnvironment(options, gateway, clock, new AckTimes(), boot: 1);
        var worker = new FleetWorker(environment, new NumberRange(First: 1, Step: 1, cars), new WorkerPace(ConnectRate: 0, MaximumConnecting: 1_000, GatherMilliseconds: 0, StopsPerTurn: 1_000));
        Show("made", cars, before);
        worker.Start();
        while (environment.Counters.Connected < cars)
        {
            Pass(worker, clock);
        }

        Show("connected", cars, before);
        for (var round = 0; round < rounds; round++)
        {
            var sent = environment.Counters.TelemetrySent;
            var allocated = GC.GetTotalAllocatedBytes();
            var cpu = Process.GetCurrentProcess().TotalProcessorTime;
            for (var time = TimeSpan.Zero; time < interval; time += SteppedClock.Step)
            {
                Pass(worker, clock);
            }

            cpu = Process.GetCurrentProcess().TotalProcessorTime - cpu;
            sent = Math.Max(1, environment.Counters.TelemetrySent - sent);
            Console.WriteLine($"round {round + 1}: {sent:N0} reports, {cpu.TotalMicroseconds / sent:N2} us CPU and {(GC.GetTotalAllocatedBytes() - allocated) / (double)sent:N0} B allocated a report");
        }

        Show("after reports", cars, before);
        var command = new VehicleCommand
        {
            CommandId = Guid.NewGuid(),
            Order = 1,
            Type = CommandTypeNames.Locate,
            Parameters = JsonElement.Parse("{}"),
            IssuedAt = clock.GetUtcNow(),
            NotAfter = clock.GetUtcNow().AddMinutes(15),
        };
        gateway.Broadcast(JsonSerializer.SerializeToUtf8Bytes(command, ContractsJson.Default.VehicleCommand));
        var start = Stopwatch.GetTimestamp();
        while (environment.Counters.CommandsSucceeded < cars)
        {
            Pass(worker, clock);
        }

        Console.WriteLine($"broadcast: {Stopwatch.GetElapsedTime(start).TotalMicroseconds / cars:N2} us a car");
        for (var time = TimeSpan.Zero; time < TimeSpan.FromSeconds(1); time += SteppedClock.Step)
        {
            Pass(worker, clock); // the last answers are acknowledged
        }

        Show("after broadcast", cars, before);
        GC.KeepAlive(worker);
    }

    private static void Pass(FleetWorker worker, SteppedClock clock)
    {
        clock.Advance();
        worker.RunOnce(0);
    }

    private static void Show(string what, int cars, long before) =>
        Console.WriteLine($"memory, {what}: {(GC.GetTotalMemory(forceFullCollection: true) - before) / (double)cars:N0} B a car");
}
