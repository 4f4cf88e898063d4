using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Telematics.Storage;
using Telematics.Storage.Model;
using Telematics.Storage.Registry;
using Xunit;

namespace Telematics.Tests.Storage.Erasures;

/// <summary>What erasing a vehicle does on every database; one subclass for each.</summary>
public abstract class ErasureCompliance : IAsyncLifetime
{
    private ErasureBench _bench = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Makes an empty database, and its bench.</summary>
    protected abstract ValueTask<ErasureBench> CreateAsync();

    /// <summary>Removes the database.</summary>
    protected abstract ValueTask RemoveAsync();

    public async ValueTask InitializeAsync() => _bench = await CreateAsync();

    public async ValueTask DisposeAsync()
    {
        if (_bench is not null)
        {
            await _bench.DisposeAsync();
        }

        await RemoveAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Nothing_of_the_vehicle_is_left_and_nothing_of_another_is_touched()
    {
        var car = await _bench.SeedAsync("car-1");
        var other = await _bench.SeedAsync("car-2");
        await _bench.CommandAsync("""{"vehicleIds":["car-1"]}""", false, (car, ExecutionState.Succeeded));
        await _bench.CommandAsync("""{"vehicleIds":["car-1","car-2"]}""", false, (car, ExecutionState.Failed), (other, ExecutionState.Succeeded));
        await _bench.CommandAsync("""{"all":true}""", true, (car, ExecutionState.Succeeded), (other, ExecutionState.Succeeded));
        var before = await _bench.RowsOfAsync("car-2", other);
        Assert.Equal(12, (await _bench.RowsOfAsync("car-1", car)).Count);

        var asked = await _bench.EraseAsync("car-1");
        await _bench.RunAsync();

        Assert.Empty(await _bench.RowsOfAsync("car-1", car));
        Assert.Equal(before, await _bench.RowsOfAsync("car-2", other));
        var done = (await _bench.Erasures.GetAsync(asked.Id, Token))!;
        Assert.Equal((ErasureState.Completed, "test"), (done.State, done.RequestedBy));
        Assert.True(done.CompletedAt >= done.RequestedAt);

        // Three executions and two events each; the one command that was for the vehicle alone, and its event.
        Assert.Equal((25, 15, 11, 4), (done.TelemetryRows, done.RollupRows, done.CommandRows, done.RejectedRows));
        await using var db = _bench.Database.CreateReader();
        var tombstone = Assert.Single(await VehicleRegistry.FindAsync(db, ["car-1"], Token));
        Assert.Equal((asked.RequestedAt, asked.RequestedAt), (tombstone.DeletedAt, tombstone.ErasedAt));
    }

    [Fact]
    public async Task Whatever_transaction_it_dies_in_the_next_run_ends_it_and_the_totals_are_right()
    {
        var car = await _bench.SeedAsync("car-1");
        for (var i = 0; i < 3; i++)
        {
            await _bench.CommandAsync("""{"vehicleIds":["car-1"]}""", false, (car, ExecutionState.Sent));
        }

        var asked = await _bench.EraseAsync("car-1");
        var deaths = 0;
        while (true)
        {
            try
            {
                await _bench.RunAsync(new InterruptedDatabase(_bench.Database, allowed: 1));
                break;
            }
            catch (InterruptedException)
            {
                Assert.True(++deaths < 100, "it does not get on");
            }
        }

        Assert.True(deaths > 10, $"it died only {deaths} times");
        var done = (await _bench.Erasures.GetAsync(asked.Id, Token))!;
        Assert.Equal(ErasureState.Completed, done.State);
        Assert.Equal((25, 15, 15, 4), (done.TelemetryRows, done.RollupRows, done.CommandRows, done.RejectedRows));
        Assert.Empty(await _bench.RowsOfAsync("car-1", car));
    }

    [Fact]
    public async Task More_rows_of_one_time_than_a_batch_are_erased()
    {
        var car = await _bench.SeedAsync("car-1", samples: 3);
        await using (var session = await _bench.Database.BeginWriteAsync(Token))
        {
            await _bench.WriteSamplesAsync(session, car, 0, 30, sameTime: true);
            await session.CommitAsync(Token);
        }

        await _bench.EraseAsync("car-1");
        await _bench.RunAsync(batchRows: 4);
        Assert.Empty(await _bench.RowsOfAsync("car-1", car));
    }

    [Fact]
    public async Task An_open_execution_counts_as_canceled_and_its_command_ends()
    {
        var car = await _bench.SeedAsync("car-1");
        var other = await _bench.SeedAsync("car-2");
        var waiting = await _bench.CommandAsync("""{"vehicleIds":["car-2","car-1"],"vehicleCount":2}""", false, (car, ExecutionState.Queued), (other, ExecutionState.Succeeded));
        var running = await _bench.CommandAsync("""{"vehicleIds":["car-1","car-2"]}""", false, (car, ExecutionState.Delivered), (other, ExecutionState.Sent));
        var broadcast = await _bench.CommandAsync("""{"all":true}""", true, (car, ExecutionState.InProgress));
        await _bench.EraseAsync("car-1");
        await _bench.RunAsync();

        var ended = (await _bench.ReadCommandAsync(waiting))!;
        Assert.Equal((CommandState.Completed, 0L, 1L, 1L), (ended.State, ended.CountQueued, ended.CountCanceled, ended.CountSucceeded));
        Assert.NotNull(ended.CompletedAt);
        Assert.DoesNotContain("car-1", ended.Target, StringComparison.Ordinal);
        Assert.Contains("\"car-2\"", ended.Target, StringComparison.Ordinal);
        var open = (await _bench.ReadCommandAsync(running))!;
        Assert.Equal((CommandState.Running, 0L, 1L, 1L), (open.State, open.CountDelivered, open.CountCanceled, open.CountSent));
        var all = (await _bench.ReadCommandAsync(broadcast))!;
        Assert.Equal((CommandState.Completed, 0L, 1L), (all.State, all.CountInProgress, all.CountCanceled));
    }

    [Fact]
    public async Task A_command_for_several_vehicles_goes_with_the_last_of_them()
    {
        var car = await _bench.SeedAsync("car-1");
        var other = await _bench.SeedAsync("car-2");
        var order = await _bench.CommandAsync("""{"vehicleIds":["car-1","car-2"]}""", false, (car, ExecutionState.Succeeded), (other, ExecutionState.Succeeded));
        await _bench.EraseAsync("car-1");
        await _bench.RunAsync();
        Assert.Equal(2, (await _bench.ReadCommandAsync(order))!.CountSucceeded);
        await _bench.EraseAsync("car-2");
        await _bench.RunAsync();
        Assert.Null(await _bench.ReadCommandAsync(order));
    }

    [Fact]
    public async Task Asking_again_answers_the_same_erasure_until_the_vehicle_is_put_back()
    {
        var key = await _bench.SeedAsync("car-1");
        Assert.Null(await _bench.Registry.EraseAsync("car-9", "test", Token));
        var first = (await _bench.Registry.EraseAsync("car-1", "test", Token))!.Value;
        var second = (await _bench.Registry.EraseAsync("car-1", "somebody", Token))!.Value;
        Assert.Equal((true, false, first.Erasure.Id), (first.IsNew, second.IsNew, second.Erasure.Id));

        var refused = await _bench.Registry.PutAsync("car-1", new("New"), "test", Token);
        Assert.Equal(first.Erasure.Id, refused.RefusedBy);
        Assert.Null(await _bench.Registry.GetAsync("car-1", Token));

        await _bench.RunAsync();
        var third = (await _bench.Registry.EraseAsync("car-1", "test", Token))!.Value;
        Assert.Equal((false, first.Erasure.Id, ErasureState.Completed), (third.IsNew, third.Erasure.Id, third.Erasure.State));

        var back = await _bench.Registry.PutAsync("car-1", new("New"), "test", Token);
        Assert.Equal((true, key, (Guid?)null), (back.IsNew, back.Vehicle.Id, back.RefusedBy));
        Assert.Equal((null, null), (back.Vehicle.DeletedAt, back.Vehicle.ErasedAt));
        Assert.Equal(["vehicle"], (await _bench.RowsOfAsync("car-1", key)).Keys);
        var fourth = (await _bench.Registry.EraseAsync("car-1", "test", Token))!.Value;
        Assert.True(fourth.IsNew);
        Assert.NotEqual(first.Erasure.Id, fourth.Erasure.Id);
    }

    [Fact]
    public async Task An_erasure_asked_for_by_a_slow_clock_is_the_one_under_way_all_the_same()
    {
        await _bench.SeedAsync("car-1");
        await _bench.EraseAsync("car-1");
        await _bench.RunAsync();
        await _bench.Registry.PutAsync("car-1", new("New"), "test", Token);

        // The next request comes to a process whose clock is behind that of the first.
        var slow = new VehicleRegistry(_bench.Database, new FakeTimeProvider(DateTimeOffset.UtcNow.AddMinutes(-5)), NullLogger<VehicleRegistry>.Instance);
        var second = (await slow.EraseAsync("car-1", "test", Token))!.Value;
        Assert.True(second.IsNew);
        Assert.Equal(second.Erasure.Id, (await _bench.Registry.EraseAsync("car-1", "test", Token))!.Value.Erasure.Id);
        Assert.Equal(second.Erasure.Id, (await _bench.Registry.PutAsync("car-1", new("Newer"), "test", Token)).RefusedBy);
    }

    [Fact]
    public async Task A_run_that_outlives_its_erasure_leaves_the_vehicle_alone_that_was_put_back()
    {
        var car = await _bench.SeedAsync("car-1");
        var asked = await _bench.EraseAsync("car-1");
        await _bench.RunAsync();
        await _bench.SeedAsync("car-1");
        await _bench.CommandAsync("""{"vehicleIds":["car-1"]}""", false, (car, ExecutionState.Sent));
        var before = await _bench.RowsOfAsync("car-1", car);
        var done = (await _bench.Erasures.GetAsync(asked.Id, Token))!;

        await _bench.GoOnAsync(asked);

        Assert.Equal(before, await _bench.RowsOfAsync("car-1", car));
        var after = (await _bench.Erasures.GetAsync(asked.Id, Token))!;
        Assert.Equal((done.Step, done.TelemetryRows, done.CompletedAt), (after.Step, after.TelemetryRows, after.CompletedAt));
    }

    [Fact]
    public async Task A_registered_vehicle_is_deleted_too_and_a_deleted_one_can_be_erased()
    {
        await _bench.SeedAsync("car-1");
        await _bench.EraseAsync("car-1");
        var key = await _bench.SeedAsync("car-2");
        await _bench.Registry.DeleteAsync("car-2", "test", Token);
        await _bench.EraseAsync("car-2");
        await _bench.RunAsync();
        Assert.Empty(await _bench.RowsOfAsync("car-2", key));
        var changes = await _bench.Registry.GetChangesAsync(0, 100, Token);
        Assert.Equal(
            [("car-1", RegistryChangeKind.Deleted), ("car-1", RegistryChangeKind.Erased), ("car-2", RegistryChangeKind.Deleted), ("car-2", RegistryChangeKind.Erased)],
            changes.Where(change => change.Kind is RegistryChangeKind.Deleted or RegistryChangeKind.Erased).Select(change => (change.VehicleId, change.Kind)));
    }

    [Fact]
    public async Task What_a_transaction_that_began_before_the_request_writes_is_erased_too()
    {
        var car = await _bench.SeedAsync("car-1");
        var session = await _bench.Database.BeginWriteAsync(Token);
        await session.LockRegistryAsync(RegistryAccess.Follow, Token);
        Assert.Null(Assert.Single(await VehicleRegistry.FindAsync(session.Db, ["car-1"], Token)).DeletedAt);
        var asking = Task.Run(() => _bench.EraseAsync("car-1"), Token);
        await Task.Delay(100, Token);
        Assert.False(asking.IsCompleted, "the request does not wait for who holds the registry");
        await _bench.WriteSamplesAsync(session, car, 1_000, 40);
        await session.CommitAsync(Token);
        await session.DisposeAsync();
        var asked = await asking;
        await _bench.RunAsync();
        Assert.Empty(await _bench.RowsOfAsync("car-1", car));
        Assert.Equal(65, (await _bench.Erasures.GetAsync(asked.Id, Token))!.TelemetryRows);
    }

    [Fact]
    public async Task What_was_derived_meanwhile_from_rows_now_erased_is_found_before_the_end()
    {
        var car = await _bench.SeedAsync("car-1");
        var asked = await _bench.EraseAsync("car-1");

        // Dies in the last transaction; then the rollups come that somebody had computed before.
        var allowed = 1;
        while ((await _bench.Erasures.GetAsync(asked.Id, Token))!.Step != ErasureStep.Registry)
        {
            await Assert.ThrowsAsync<InterruptedException>(() => _bench.RunAsync(new InterruptedDatabase(_bench.Database, allowed)));
        }

        await using (var session = await _bench.Database.BeginWriteAsync(Token))
        {
            await ErasureBench.InsertRollupAsync(session, "telemetry_1h", car, ErasureBench.Start);
            await session.CommitAsync(Token);
        }

        await _bench.RunAsync();
        Assert.Empty(await _bench.RowsOfAsync("car-1", car));
        Assert.Equal(16, (await _bench.Erasures.GetAsync(asked.Id, Token))!.RollupRows);
    }

    [Fact]
    public async Task One_that_keeps_failing_lets_the_others_pass_and_is_tried_again_ever_more_rarely()
    {
        var failing = await _bench.SeedAsync("car-1");
        var other = await _bench.SeedAsync("car-2");
        await _bench.Registry.PutAsync("nameless", new(), "test", Token);
        await _bench.ExecuteAsync("CREATE UNIQUE INDEX hold ON vehicle ((name IS NULL)) WHERE vehicle_id IN ('nameless', 'car-1') AND name IS NULL");
        var asked = await _bench.EraseAsync("car-1");
        var later = await _bench.EraseAsync("car-2");
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);

        await _bench.RunAsync(clock: clock);

        Assert.Equal(ErasureState.Completed, (await _bench.Erasures.GetAsync(later.Id, Token))!.State);
        Assert.Empty(await _bench.RowsOfAsync("car-2", other));
        foreach (var (failures, minutes) in new[] { (1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 32), (7, 60), (8, 60) })
        {
            await _bench.RunAsync(clock: clock);
            var failed = (await _bench.Erasures.GetAsync(asked.Id, Token))!;
            Assert.Equal((ErasureState.Running, failures), (failed.State, failed.Failures));
            Assert.Contains("hold", failed.LastFailure, StringComparison.Ordinal);
            Assert.Equal(minutes, (int)Math.Round((failed.RetryAt!.Value - clock.GetUtcNow().UtcDateTime).TotalMinutes));
            await _bench.RunAsync(clock: clock);
            Assert.Equal(failures, (await _bench.Erasures.GetAsync(asked.Id, Token))!.Failures);
            clock.Advance(TimeSpan.FromMinutes(minutes + 0.01));
        }

        await _bench.ExecuteAsync("DROP INDEX hold");
        await _bench.RunAsync(clock: clock);
        var done = (await _bench.Erasures.GetAsync(asked.Id, Token))!;
        Assert.Equal((ErasureState.Completed, 8, null, null), (done.State, done.Failures, done.LastFailure, done.RetryAt));
        Assert.Equal(25, done.TelemetryRows);
        Assert.Empty(await _bench.RowsOfAsync("car-1", failing));
    }

    [Fact]
    public async Task Rejected_messages_of_an_erased_vehicle_are_not_kept_until_it_is_put_back()
    {
        await _bench.SeedAsync("car-1");
        var rejected = new[] { ErasureBench.Rejected("car-1", null), ErasureBench.Rejected(null, "car-1"), ErasureBench.Rejected("car-2", "client"), ErasureBench.Rejected(null, null) };
        Assert.Equal(4, await KeptAsync());
        await _bench.EraseAsync("car-1");
        Assert.Equal(2, await KeptAsync());
        await _bench.RunAsync();
        Assert.Equal(2, await KeptAsync());
        await _bench.Registry.PutAsync("car-1", new(), "test", Token);
        Assert.Equal(4, await KeptAsync());

        async Task<int> KeptAsync()
        {
            await using var db = _bench.Database.CreateReader();
            return (await ErasedVehicles.ExceptAsync(db, rejected, Token)).Count;
        }
    }

    [Fact]
    public async Task A_deleted_vehicle_has_no_newest_state_when_it_is_put_back_and_still_recognises_repeats()
    {
        var car = await _bench.SeedAsync("car-1");
        var other = await _bench.SeedAsync("car-2");
        await _bench.Registry.DeleteAsync("car-1", "test", Token);
        Assert.Equal([other], await _bench.StatesAsync());
        await _bench.Registry.PutAsync("car-1", new(), "test", Token);
        Assert.Equal([other], await _bench.StatesAsync());
        var counters = await _bench.CountersAsync(car);
        Assert.Equal((true, 7L, 25L), (counters.HasFirst, counters.FirstBoot, counters.FirstSeq));

        // An older sample than the one before the deletion is the newest now.
        await using (var session = await _bench.Database.BeginWriteAsync(Token))
        {
            await _bench.WriteSamplesAsync(session, car, 1, 1);
            await session.CommitAsync(Token);
        }

        Assert.Equal([car, other], (await _bench.StatesAsync()).Order());
    }

    [Fact]
    public async Task Erasures_are_listed_newest_first_page_by_page()
    {
        var ids = new List<Guid>();
        foreach (var vehicle in new[] { "car-1", "car-2", "car-3" })
        {
            await _bench.Registry.PutAsync(vehicle, new(), "test", Token);
            ids.Insert(0, (await _bench.EraseAsync(vehicle)).Id);
            await Task.Delay(2, Token); // the ids have milliseconds
        }

        var first = await _bench.Erasures.ListAsync(null, null, 2, Token);
        var second = await _bench.Erasures.ListAsync(null, first[^1].Id, 2, Token);
        Assert.Equal(ids, first.Concat(second).Select(erasure => erasure.Id));
        Assert.Empty(await _bench.Erasures.ListAsync(ErasureState.Completed, null, 10, Token));
        await _bench.RunAsync();
        Assert.Equal(3, (await _bench.Erasures.ListAsync(ErasureState.Completed, null, 10, Token)).Count);
        Assert.Empty(await _bench.Erasures.ListAsync(ErasureState.Running, null, 10, Token));
    }
}
