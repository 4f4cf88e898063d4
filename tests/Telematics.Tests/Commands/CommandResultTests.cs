using System.Text;
using System.Text.Json;
using Telematics.Commands;
using Telematics.Contracts.Commands;
using Telematics.Contracts.Telemetry;
using Telematics.Storage.Model;
using Xunit;

namespace Telematics.Tests.Commands;

public sealed class CommandResultTests
{
    [Fact]
    public async Task A_result_before_its_receipt_counts_and_the_receipt_changes_nothing()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1");
        var id = await bench.OrderAsync(["car-1"]);
        bench.Result("car-1", id, VehicleCommandState.Succeeded);
        await bench.PumpAsync();
        bench.Receipt(CommandReceiptKind.Sent, id, "car-1");
        bench.Receipt(CommandReceiptKind.Delivered, id, "car-1");
        await bench.PumpAsync();
        var execution = await bench.ExecutionAsync(id, "car-1");
        Assert.Equal((ExecutionState.Succeeded, false), (execution.State, execution.IsLate));
        Assert.Equal(CommandState.Completed, (await bench.CheckedAsync(id)).State);
    }

    [Fact]
    public async Task A_result_after_expiry_replaces_it_and_is_late()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1");
        var id = await bench.OrderAsync(["car-1"], ttl: 5);
        await bench.PassAsync(11);
        Assert.Equal(ExecutionState.Expired, await bench.StateAsync(id, "car-1"));
        bench.Result("car-1", id, VehicleCommandState.Failed, code: "jammed");
        await bench.PumpAsync();
        var execution = await bench.ExecutionAsync(id, "car-1");
        Assert.Equal((ExecutionState.Failed, "jammed", true, false), (execution.State, execution.Code, execution.IsLate, execution.IsSoft));
        var view = await bench.CheckedAsync(id);
        Assert.Equal((CommandState.Completed, 0L, 1L), (view.State, view.Counts.Expired, view.Counts.Failed));
    }

    [Fact]
    public async Task A_delivered_order_without_a_word_times_out_and_progress_defers_that()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1");
        var id = await bench.OrderAsync(["car-1"]);
        bench.Receipt(CommandReceiptKind.Delivered, id, "car-1");
        await bench.PumpAsync();
        await bench.PassAsync(50);
        bench.Result("car-1", id, VehicleCommandState.InProgress, progress: 1);
        await bench.PumpAsync();
        await bench.PassAsync(50);
        bench.Result("car-1", id, VehicleCommandState.InProgress, progress: 2);
        await bench.PumpAsync();
        await bench.PassAsync(59);
        Assert.Equal((ExecutionState.InProgress, 2), ((await bench.ExecutionAsync(id, "car-1")).State, (await bench.ExecutionAsync(id, "car-1")).Progress));
        await bench.PassAsync(2);
        var execution = await bench.ExecutionAsync(id, "car-1");
        Assert.Equal((ExecutionState.TimedOut, ServerReasons.ExecutionTimeout, true), (execution.State, execution.Code, execution.IsSoft));
        bench.Result("car-1", id, VehicleCommandState.InProgress, progress: 90);
        await bench.PumpAsync();
        Assert.Equal(ExecutionState.TimedOut, await bench.StateAsync(id, "car-1"));
        bench.Result("car-1", id, VehicleCommandState.Succeeded);
        await bench.PumpAsync();
        Assert.Equal((ExecutionState.Succeeded, true), ((await bench.ExecutionAsync(id, "car-1")).State, (await bench.ExecutionAsync(id, "car-1")).IsLate));
        await bench.CheckedAsync(id);
    }

    [Fact]
    public async Task No_execution_times_out_before_stored_results_are_read()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1");
        var id = await bench.OrderAsync(["car-1"]);
        bench.Receipt(CommandReceiptKind.Delivered, id, "car-1");
        await bench.PumpAsync();

        // We were down for ten minutes, and the car was not.
        bench.Result("car-1", id, VehicleCommandState.Succeeded);
        bench.RestartRole();
        bench.Clock.Advance(TimeSpan.FromMinutes(10));
        await bench.SweepAsync();
        await bench.PumpAsync();
        await bench.SweepAsync();
        Assert.Equal((ExecutionState.Succeeded, false), ((await bench.ExecutionAsync(id, "car-1")).State, (await bench.ExecutionAsync(id, "car-1")).IsLate));
    }

    [Fact]
    public async Task A_second_result_changes_nothing()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1");
        var id = await bench.OrderAsync(["car-1"]);
        bench.Result("car-1", id, VehicleCommandState.Succeeded);
        bench.Result("car-1", id, VehicleCommandState.Failed);
        await bench.PumpAsync();
        bench.Result("car-1", id, VehicleCommandState.Rejected);
        await bench.PumpAsync();
        Assert.Equal(ExecutionState.Succeeded, await bench.StateAsync(id, "car-1"));
        await bench.CheckedAsync(id);
    }

    [Theory]
    [InlineData("no json", RejectReason.Undecodable)]
    [InlineData("", RejectReason.Undecodable)]
    [InlineData("null", RejectReason.Undecodable)]
    [InlineData("""{"commandId":"ID","state":"done"}""", RejectReason.Undecodable)]
    [InlineData("""{"commandId":"ID","state":"succeeded","progress":101}""", RejectReason.Undecodable)]
    [InlineData("""{"commandId":"ID","state":"succeeded","code":"$expired"}""", RejectReason.Undecodable)]
    [InlineData("""{"commandId":"ID","state":"succeeded","message":"a\u0000b"}""", RejectReason.Undecodable)]
    [InlineData("""{"commandId":"0198c0de-0000-7000-8000-000000000000","state":"succeeded"}""", RejectReason.CommandUnknown)]
    public async Task What_cannot_be_taken_is_kept_with_its_reason(string body, RejectReason reason)
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1");
        var id = await bench.OrderAsync(["car-1"]);
        var bytes = Encoding.UTF8.GetBytes(body.Replace("ID", id.ToString(), StringComparison.Ordinal));
        bench.ResultBody("car-1", bytes);
        await bench.PumpAsync();
        var rejected = Assert.Single(await bench.RejectedAsync());
        Assert.Equal((reason, "command-result", "car-1", "car-1"), (rejected.Reason, rejected.Topic, rejected.ClientId, rejected.VehicleId));
        Assert.Equal(bytes, rejected.Payload);
        Assert.NotEmpty(rejected.Detail);
        Assert.Equal(ExecutionState.Sent, await bench.StateAsync(id, "car-1"));
    }

    [Fact]
    public async Task Results_of_foreign_unknown_and_deleted_vehicles_are_kept_apart()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1", "car-2", "car-3");
        var id = await bench.OrderAsync(["car-1", "car-3"]);
        await bench.Database.Registry.DeleteAsync("car-3", "test", TestContext.Current.CancellationToken);
        bench.Result("car-2", id, VehicleCommandState.Succeeded);
        bench.Result("nobody", id, VehicleCommandState.Succeeded);
        bench.Result("car-3", id, VehicleCommandState.Succeeded);
        bench.Result("what/ever", id, VehicleCommandState.Succeeded);
        await bench.PumpAsync();
        Assert.Equal(
            [RejectReason.CommandUnknown, RejectReason.VehicleDeleted, RejectReason.VehicleIdInvalid, RejectReason.VehicleUnknown],
            (await bench.RejectedAsync()).Select(r => r.Reason).OrderBy(r => r.ToString(), StringComparer.Ordinal));
        Assert.Equal(ExecutionState.Sent, await bench.StateAsync(id, "car-3"));
    }

    [Fact]
    public async Task A_result_that_is_not_utf_8_is_kept_as_rejected_and_the_next_one_counts()
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1");
        var id = await bench.OrderAsync(["car-1"]);
        bench.ResultBody("car-1", [.. Encoding.UTF8.GetBytes($$"""{"commandId":"{{id}}","state":"succeeded","result":"""), (byte)'"', 0xFF, (byte)'"', (byte)'}']);
        bench.Result("car-1", id, VehicleCommandState.Accepted);
        await bench.PumpAsync();
        Assert.Equal(RejectReason.Undecodable, Assert.Single(await bench.RejectedAsync()).Reason);
        Assert.Equal(ExecutionState.Accepted, await bench.StateAsync(id, "car-1"));
    }

    [Theory]
    [InlineData("\"\\ud800\"")]
    [InlineData("{\"a\\ud800\":1}")]
    public async Task A_result_that_nobody_could_be_shown_is_kept_as_rejected(string result)
    {
        await using var bench = await CommandsBench.CreateAsync();
        await bench.ConnectAsync("car-1");
        var id = await bench.OrderAsync(["car-1"]);
        bench.ResultBody("car-1", Encoding.UTF8.GetBytes($$"""{"commandId":"{{id}}","state":"succeeded","result":{{result}}}"""));
        await bench.PumpAsync();
        JsonSerializer.Serialize((await bench.Operations.GetExecutionsAsync(id, null, null, 10, TestContext.Current.CancellationToken))!.Items);
        Assert.Equal(RejectReason.Undecodable, Assert.Single(await bench.RejectedAsync()).Reason);
        Assert.Equal(ExecutionState.Sent, await bench.StateAsync(id, "car-1"));
    }
}
