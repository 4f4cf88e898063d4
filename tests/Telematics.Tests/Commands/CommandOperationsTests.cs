using System.Security.Cryptography;
using System.Text.Json;
using Telematics.Commands.Operations;
using Telematics.Contracts.Commands;
using Telematics.Storage.Model;
using Xunit;

namespace Telematics.Tests.Commands;

public sealed class CommandOperationsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_command_answers_what_was_ordered()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.RegisterAsync("car-1");
        await bench.RegisterAsync("car-2");
        var outcome = await bench.Operations.CreateAsync(Order(["car-2", "car-1", "car-2"], "setReportingInterval", """{"seconds":10}""", ttl: 60), Token);
        var created = Assert.IsType<CommandOrderOutcome.Created>(outcome).Command;
        var read = (await bench.Operations.GetAsync(created.Id, Token))!;
        foreach (var view in new[] { created, read })
        {
            Assert.Equal(("setReportingInterval", CommandState.Running, "tester", 2L, 2L), (view.Type, view.State, view.CreatedBy, view.Counts.Total, view.Counts.Created));
            Assert.Equal(10, view.Parameters.GetProperty("seconds").GetInt32());
            Assert.Equal("""{"vehicleIds":["car-2","car-1","car-2"]}""", view.Target.GetRawText());
            Assert.Equal(TimeSpan.FromSeconds(60), view.NotAfter - view.CreatedAt);
        }

        Assert.Null(await bench.Operations.GetAsync(Guid.NewGuid(), Token));
        Assert.Equal(new CommandsUnderWay(1, 2), await bench.Operations.GetUnderWayAsync(Token));
    }

    [Theory]
    [InlineData("open", "{}", 60, "type", "lock, unlock")]
    [InlineData("setSpeedLimit", """{"kilometersPerHour":9}""", 60, "parameters.kilometersPerHour", "at least 10; it is 9")]
    [InlineData("unlock", "{}", 121, "ttlSeconds", "1 to 120 for unlock; it is 121")]
    [InlineData("unlock", "{}", 0, "ttlSeconds", "it is 0")]
    public async Task What_is_wrong_is_named(string type, string parameters, long ttl, string field, string text)
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.RegisterAsync("car-1");
        var outcome = await bench.Operations.CreateAsync(Order(["car-1"], type, parameters, ttl), Token);
        var error = Assert.Single(Assert.IsType<CommandOrderOutcome.Invalid>(outcome).Errors);
        Assert.Equal(field, error.Field);
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Targets_are_checked_and_unknown_vehicles_are_named()
    {
        await using var bench = await CommandsBench.CreateAsync(("MaxTargets", "3"));
        await bench.RegisterAsync("car-1");
        await bench.RegisterAsync("gone");
        await bench.Database.Registry.DeleteAsync("gone", "test", Token);
        Assert.Contains("names 0", await ErrorAsync([]), StringComparison.Ordinal);
        Assert.Contains("names 4", await ErrorAsync(["a", "b", "c", "d"]), StringComparison.Ordinal);
        Assert.Contains("'a/b'", await ErrorAsync(["a/b"]), StringComparison.Ordinal);
        Assert.IsType<CommandOrderOutcome.Invalid>(await bench.Operations.CreateAsync(Order(null) with { Target = new CommandTarget(false, null) }, Token));
        Assert.IsType<CommandOrderOutcome.Invalid>(await bench.Operations.CreateAsync(Order(null) with { Target = new CommandTarget(true, ["car-1"]) }, Token));
        var unknown = Assert.IsType<CommandOrderOutcome.UnknownVehicles>(await bench.Operations.CreateAsync(Order(["car-1", "nobody", "gone"]), Token));
        Assert.Equal(["nobody", "gone"], unknown.VehicleIds);
        Assert.Equal(new CommandsUnderWay(0, 0), await bench.Operations.GetUnderWayAsync(Token));

        async Task<string> ErrorAsync(string[] ids) =>
            Assert.Single(Assert.IsType<CommandOrderOutcome.Invalid>(await bench.Operations.CreateAsync(Order(ids), Token)).Errors).Message;
    }

    [Fact]
    public async Task Of_many_targets_the_command_shows_the_first_hundred_and_their_number()
    {
        await using var bench = await CommandsBench.CreateAsync();
        var cars = Enumerable.Range(1, 101).Select(number => $"car-{number}").ToArray();
        foreach (var car in cars)
        {
            await bench.RegisterAsync(car);
        }

        var id = await bench.OrderAsync(cars, dispatch: false);
        var view = await bench.CheckedAsync(id);
        Assert.Equal((101L, 101, 100), (view.Counts.Created, view.Target.GetProperty("vehicleCount").GetInt32(), view.Target.GetProperty("vehicleIds").GetArrayLength()));
    }

    [Fact]
    public async Task The_same_key_orders_once_and_another_body_is_a_conflict()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1");
        var first = Assert.IsType<CommandOrderOutcome.Created>(await bench.Operations.CreateAsync(Keyed("k", "body"), Token)).Command;
        await bench.DispatchAsync();
        var again = Assert.IsType<CommandOrderOutcome.Repeated>(await bench.Operations.CreateAsync(Keyed("k", "body"), Token)).Command;
        Assert.Equal((first.Id, 1L), (again.Id, again.Counts.Sent));
        Assert.Equal(first.Id, Assert.IsType<CommandOrderOutcome.KeyConflict>(await bench.Operations.CreateAsync(Keyed("k", "other"), Token)).CommandId);
        Assert.IsType<CommandOrderOutcome.Created>(await bench.Operations.CreateAsync(Keyed("k", "body") with { Actor = "somebody" }, Token));
        Assert.IsType<CommandOrderOutcome.Invalid>(await bench.Operations.CreateAsync(Keyed("", "body"), Token));
        await bench.DispatchAsync();
        Assert.Single(bench.Sent());
        await Assert.ThrowsAsync<ArgumentException>(() => bench.Operations.CreateAsync(Order(["car-1"]) with { IdempotencyKey = "x" }, Token));
    }

    [Fact]
    public async Task Many_at_once_with_one_key_are_one_command()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.RegisterAsync("car-1");
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => bench.Operations.CreateAsync(Keyed("k", "body"), Token), Token)));
        Assert.Single(outcomes.OfType<CommandOrderOutcome.Created>());
        Assert.Equal(19, outcomes.OfType<CommandOrderOutcome.Repeated>().Count());
    }

    [Fact]
    public async Task Executions_come_in_pages_by_state()
    {
        await using var bench = await CommandsBench.CreateAsync();
        var cars = Enumerable.Range(0, 10).Select(number => $"car-{number}").ToArray();
        await bench.ConnectAsync(cars);
        var id = await bench.OrderAsync(cars);
        foreach (var car in cars[..3])
        {
            bench.Result(car, id, VehicleCommandState.Failed, code: "e1", message: "no");
        }

        await bench.PumpAsync();
        var seen = new List<string>();
        long? after = null;
        do
        {
            var page = (await bench.Operations.GetExecutionsAsync(id, null, after, 4, Token))!;
            seen.AddRange(page.Items.Select(item => item.VehicleId));
            after = page.Next;
        }
        while (after is not null);
        Assert.Equal(cars, seen);
        var failed = (await bench.Operations.GetExecutionsAsync(id, ExecutionState.Failed, null, 3, Token))!;
        Assert.Null(failed.Next);
        Assert.Equal(cars[..3], failed.Items.Select(item => item.VehicleId));
        Assert.All(failed.Items, item => Assert.Equal(("e1", "no", 1), (item.Code, item.Message, item.Attempt)));
        Assert.Null(await bench.Operations.GetExecutionsAsync(Guid.NewGuid(), null, null, 4, Token));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => bench.Operations.GetExecutionsAsync(id, null, null, 1_001, Token));
    }

    [Fact]
    public async Task Commands_of_a_vehicle_come_newest_first()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1", "car-2");
        var ids = new List<Guid>();
        for (var i = 0; i < 5; i++)
        {
            ids.Add(await bench.OrderAsync(i == 2 ? null : ["car-1"], ttl: 60));
        }

        var first = (await bench.Operations.GetOfVehicleAsync("car-1", null, 3, Token))!;
        var second = (await bench.Operations.GetOfVehicleAsync("car-1", first.Next, 3, Token))!;
        Assert.Equal(Enumerable.Reverse(ids), first.Items.Concat(second.Items).Select(item => item.Command.Id));
        Assert.Null(second.Next);
        Assert.All(first.Items, item => Assert.Equal("car-1", item.Execution.VehicleId));
        Assert.Equal(ids[2], Assert.Single((await bench.Operations.GetOfVehicleAsync("car-2", null, 10, Token))!.Items).Command.Id);
        Assert.Null(await bench.Operations.GetOfVehicleAsync("nobody", null, 10, Token));
    }

    private static CommandOrder Order(string[]? vehicles, string type = "locate", string parameters = "{}", long? ttl = null) => new()
    {
        Type = type,
        Parameters = JsonSerializer.Deserialize<JsonElement>(parameters),
        Target = new CommandTarget(vehicles is null, vehicles),
        TtlSeconds = ttl,
        Actor = "tester",
    };

    private static CommandOrder Keyed(string key, string body) =>
        Order(["car-1"]) with { IdempotencyKey = key, RequestHash = SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(body)) };
}
