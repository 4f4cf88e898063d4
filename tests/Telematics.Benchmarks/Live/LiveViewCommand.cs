using System.CommandLine;
using System.Diagnostics;
using System.Text;
using Telematics.Api.Live;
using Telematics.Contracts.Presence;
using Telematics.Contracts.Telemetry;

namespace Telematics.Benchmarks.Live;

/// <summary><c>liveview</c>: memory and speed of the live view with very many cars.</summary>
internal static class LiveViewCommand
{
    public static Command Make()
    {
        var cars = new Option<int>("--cars") { Description = "How many cars.", DefaultValueFactory = _ => 1_000_000 };
        var command = new Command("liveview", "Memory of the live view, and the time of updates, queries and streams.") { cars };
        command.SetAction(result => Run(result.GetValue(cars)));
        return command;
    }

    private static void Run(int cars)
    {
        var view = new LiveView(TimeProvider.System);
        var state = new LiveState("log", new LivePositions(new long[8], new long[8], 0), autoRegister: true);
        view.Replace(state);
        var ids = Enumerable.Range(0, cars).Select(i => Encoding.ASCII.GetBytes($"LSVAA4187E{i:D7}")).ToArray();
        var withIds = GC.GetTotalMemory(forceFullCollection: true);
        var random = new Random(1);
        var values = SignalValues.None;
        for (var i = 0; i < SignalCatalogue.Count; i++)
        {
            values[i] = i % 5 == 4 ? double.NaN : 1;
        }

        Measure("registry, a car", cars, () =>
        {
            foreach (var id in ids)
            {
                state.SetRegistered(id, isRegistered: true);
            }
        });
        Measure("connect events, a car", cars, () =>
        {
            foreach (var id in ids)
            {
                state.Apply(new VehicleEvent { EventType = VehicleEventType.Connect, ClientId = Encoding.ASCII.GetString(id), ChannelId = "ch-1", Instance = "gw-1", IsVehicle = true, Time = 0 }, 0, 0);
            }
        });
        long time = 0;
        Measure("first sample, a car", cars, () => Report(state, ids, random, ref values, ++time));
        Measure("next sample, a car", cars, () => Report(state, ids, random, ref values, ++time));
        Measure("page of 1,000 online", 1, () => view.List(true, null, 1_000));
        var after = GC.GetTotalMemory(forceFullCollection: true);
        Console.WriteLine($"memory: {(after - withIds) / 1e6:N1} MB for {cars:N0} cars, {(double)(after - withIds) / cars:N1} B a car (ids of 17 characters)");

        Measure("rectangle of 1 degree, 10,000 at most", 1, () => view.GetInBox(new GeoBox(10, 50, 11, 51), LiveView.MaxInBox, out _));
        Measure("stream of the whole world, first collection and batches of 1,000", 1, () => Drain(view));
        Measure("an instance with all cars ends", 1, () => state.Apply(new VehicleEvent { EventType = VehicleEventType.InstanceEnd, Instance = "gw-1", Time = 0 }, 0, 1));
        GC.KeepAlive(ids);
    }

    private static void Report(LiveState state, byte[][] ids, Random random, ref SignalValues values, long time)
    {
        foreach (var id in ids)
        {
            values[SignalCatalogue.Latitude] = 45 + (random.NextDouble() * 10);
            values[SignalCatalogue.Longitude] = 5 + (random.NextDouble() * 10);
            var sample = new LiveSample { Time = time, StoredAt = time, Offset = time, Values = values };
            state.Apply(id, in sample);
        }
    }

    private static void Drain(LiveView view)
    {
        var subscription = view.Subscribe(LiveFilter.InBox(new GeoBox(-180, -90, 180, 90)), null, TimeSpan.Zero);
        while (subscription.NextAsync(TimeSpan.Zero, CancellationToken.None).AsTask().GetAwaiter().GetResult().HasMore)
        {
        }
    }

    private static void Measure(string what, int count, Action action)
    {
        var start = Stopwatch.GetTimestamp();
        action();
        var elapsed = Stopwatch.GetElapsedTime(start);
        Console.WriteLine(count == 1 ? $"{what}: {elapsed.TotalMilliseconds:N2} ms" : $"{what}: {elapsed.TotalNanoseconds / count:N0} ns");
    }
}
