using System.Text;
using Microsoft.EntityFrameworkCore;
using Telematics.Contracts.Telemetry;
using Telematics.Storage;
using Telematics.Storage.Registry;
using Telematics.Tests.Storage.Erasures;
using Xunit;

namespace Telematics.Tests.Ingest;

public class AcceptanceTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_time_more_than_a_day_ahead_is_rejected_with_its_reason()
    {
        await using var bench = await IngestBench.CreateAsync();
        await bench.StartAsync();
        bench.Report("car", 1, 23.9 * 3600);
        bench.Report("car", 2, 24.1 * 3600);
        await bench.DrainAsync();
        Assert.Equal([1d], await bench.SpeedsAsync("car"));
        var rejected = Assert.Single(await bench.RejectedAsync());
        Assert.Equal((RejectReason.TimeInFuture, "car", "client-car", 1), (rejected.Reason, rejected.VehicleId, rejected.ClientId, rejected.QueueOffset));
        Assert.Contains("24 h ahead", rejected.Detail, StringComparison.Ordinal);
        Assert.Contains("\"Vehicle.Speed\":2", Encoding.UTF8.GetString(rejected.Payload), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_time_before_1970_is_rejected_with_its_reason()
    {
        await using var bench = await IngestBench.CreateAsync();
        bench.Retention.MinuteRollupDays = 0;
        await bench.StartAsync();
        bench.Append("car", """{"time":"1969-12-31T23:59:59.999Z","Vehicle.Speed":1}""");
        bench.Append("car", """{"time":"1970-01-01T00:00:00Z","Vehicle.Speed":2}""");
        await bench.DrainAsync();
        Assert.Equal([2d], await bench.SpeedsAsync("car"));
        var rejected = Assert.Single(await bench.RejectedAsync());
        Assert.Equal(RejectReason.TimeTooOld, rejected.Reason);
        Assert.Contains("1969-12-31T23:59:59.999", rejected.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sample_older_than_anything_is_kept_is_rejected_with_its_reason_and_the_others_are_stored()
    {
        await using var bench = await IngestBench.CreateAsync();
        await bench.StartAsync();
        bench.Append("car", $$"""{"boot":1,"seq":1,"samples":[{{bench.Sample(1, -366 * 86_400)}},{"time":"1970-01-01T00:00:00Z","Vehicle.Speed":2},{{bench.Sample(3, -364 * 86_400)}},{{bench.Sample(4)}}]}""");
        await bench.DrainAsync();
        Assert.Equal([3d, 4], await bench.SpeedsAsync("car"));
        var rejected = Assert.Single(await bench.RejectedAsync());
        Assert.Equal((RejectReason.OlderThanRetention, "car"), (rejected.Reason, rejected.VehicleId));
        Assert.Contains("2 of 4 samples: time 1970-01-01T00:00:00.0000000Z is more than 365 days", rejected.Detail, StringComparison.Ordinal);
        Assert.Contains("MinuteRollupDays", rejected.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Late_data_is_stored_but_does_not_overwrite_the_newest()
    {
        await using var bench = await IngestBench.CreateAsync();
        await bench.StartAsync(maxMessages: 1);
        bench.Report("car", 1, 0);
        bench.Report("car", 2, -60);
        await bench.DrainAsync();
        Assert.Equal([2d, 1], await bench.SpeedsAsync("car"));
        Assert.Equal(1, await bench.LatestSpeedAsync("car"));
    }

    [Fact]
    public async Task A_fast_clock_cannot_freeze_a_car()
    {
        await using var bench = await IngestBench.CreateAsync();
        await bench.StartAsync(maxMessages: 1);
        bench.Report("car", 1, 20 * 3600);
        bench.Report("car", 2, 0);
        bench.Log.Now += 60_000;
        bench.Report("car", 3, 0);
        await bench.DrainAsync();
        Assert.Equal(3, await bench.LatestSpeedAsync("car"));
    }

    [Fact]
    public async Task Of_a_batch_the_bad_samples_are_rejected_and_the_good_ones_stored()
    {
        await using var bench = await IngestBench.CreateAsync();
        await bench.StartAsync();
        bench.Append("car", $$"""{"boot":1,"seq":1,"samples":[{{bench.Sample(1, 1)}},{{bench.Sample(2, 48 * 3600)}},{"Vehicle.Speed":3},{{bench.Sample(4, 2)}}]}""");
        await bench.DrainAsync();
        Assert.Equal([1d, 4], await bench.SpeedsAsync("car"));
        Assert.Equal([RejectReason.TimeMissing, RejectReason.TimeInFuture], (await bench.RejectedAsync()).Select(rejected => rejected.Reason));
        Assert.Equal((2L, 2L), (bench.Status.GetSnapshot().Rows, bench.Status.GetSnapshot().Rejected));
    }

    [Fact]
    public async Task What_cannot_be_decoded_is_kept_with_its_payload()
    {
        await using var bench = await IngestBench.CreateAsync();
        await bench.StartAsync();
        bench.Append("car", "{\"time\":");
        await bench.DrainAsync();
        var rejected = Assert.Single(await bench.RejectedAsync());
        Assert.Equal((RejectReason.Undecodable, "{\"time\":"), (rejected.Reason, Encoding.UTF8.GetString(rejected.Payload)));
        Assert.Null(await bench.Database.Registry.GetAsync("car", Token));
    }

    [Theory]
    [InlineData("/a/b")]
    [InlineData("/")]
    [InlineData("car")]
    [InlineData("/ca r")]
    public async Task A_topic_that_names_no_vehicle_is_rejected(string secondTopic)
    {
        await using var bench = await IngestBench.CreateAsync();
        await bench.StartAsync();
        bench.Append("car", bench.Sample(1), secondTopic);
        await bench.DrainAsync();
        Assert.Equal(RejectReason.VehicleIdInvalid, Assert.Single(await bench.RejectedAsync()).Reason);
    }

    [Fact]
    public async Task An_unknown_car_is_registered_at_its_first_telemetry()
    {
        await using var bench = await IngestBench.CreateAsync();
        var woken = 0;
        bench.Database.Registry.Changed += () => woken++;
        await bench.StartAsync();
        bench.Report("car", 1);
        bench.Report("car", 2, 1);
        await bench.DrainAsync();
        Assert.NotNull(await bench.Database.Registry.GetAsync("car", Token));
        Assert.Equal([1d, 2], await bench.SpeedsAsync("car"));
        Assert.Single(await bench.Database.Registry.GetChangesAsync(0, 10, Token));
        Assert.Equal(1, woken);
    }

    [Fact]
    public async Task Without_automatic_registration_an_unknown_car_is_rejected_until_it_is_put()
    {
        await using var bench = await IngestBench.CreateAsync(autoRegister: false);
        await bench.StartAsync();
        bench.Report("car", 1);
        await bench.DrainAsync();
        Assert.Equal(RejectReason.VehicleUnknown, Assert.Single(await bench.RejectedAsync()).Reason);
        await bench.Database.Registry.PutAsync("car", new VehicleDetails(), "test", Token);
        bench.Report("car", 2);
        await bench.DrainAsync();
        Assert.Equal([2d], await bench.SpeedsAsync("car"));
    }

    [Fact]
    public async Task A_deleted_cars_messages_are_refused_until_it_is_put_back()
    {
        await using var bench = await IngestBench.CreateAsync();
        await bench.StartAsync();
        bench.Report("car", 1);
        await bench.DrainAsync();
        await bench.Database.Registry.DeleteAsync("car", "test", Token);
        bench.Report("car", 2, 1);
        await bench.DrainAsync();
        Assert.Equal(RejectReason.VehicleDeleted, Assert.Single(await bench.RejectedAsync()).Reason);
        await bench.Database.Registry.PutAsync("car", new VehicleDetails(), "test", Token);
        bench.Report("car", 3, 2);
        await bench.DrainAsync();
        Assert.Equal([1d, 3], await bench.SpeedsAsync("car"));
    }

    [Fact]
    public async Task A_car_deleted_so_long_ago_that_the_change_is_no_longer_kept_is_refused_by_a_queue_that_still_remembers_it()
    {
        await using var bench = await IngestBench.CreateAsync();
        await bench.StartAsync();
        bench.Report("car", 1);
        await bench.DrainAsync();
        await bench.Database.Registry.DeleteAsync("car", "test", Token);
        await bench.Database.Registry.PutAsync("other", new VehicleDetails(), "test", Token);
        await using (var session = await bench.Database.Database.BeginWriteAsync(Token))
        {
            await session.Db.RegistryChanges.Where(change => change.Number < session.Db.RegistryChanges.Max(newest => newest.Number)).ExecuteDeleteAsync(Token);
            await session.CommitAsync(Token);
        }

        bench.Report("car", 2, 1);
        await bench.DrainAsync();
        Assert.Equal([1d], await bench.SpeedsAsync("car"));
        Assert.Equal(RejectReason.VehicleDeleted, Assert.Single(await bench.RejectedAsync()).Reason);
    }

    [Fact]
    public async Task A_deletion_under_way_while_a_batch_is_applied_is_either_before_all_of_it_or_after()
    {
        await using var bench = await IngestBench.CreateAsync();
        await bench.Database.Registry.PutAsync("car", new VehicleDetails(), "test", Token);
        var deletion = Task.CompletedTask;
        bench.BeforeRows = rows =>
        {
            if (rows.Length > 0 && deletion.IsCompletedSuccessfully)
            {
                deletion = bench.Database.Registry.DeleteAsync("car", "test", CancellationToken.None);
            }
        };
        await bench.StartAsync(maxMessages: 10);
        for (var i = 0; i < 200; i++)
        {
            bench.Report("car", i, i);
        }

        await bench.DrainAsync();
        await deletion;

        // The deletion waited for the batch that had begun; nothing of the car was written after it.
        var stored = (await bench.SpeedsAsync("car")).Count;
        Assert.InRange(stored, 1, 190);
        Assert.Equal(200 - stored, (await bench.RejectedAsync()).Count(rejected => rejected.Reason == RejectReason.VehicleDeleted));
    }

    [Fact]
    public async Task A_message_that_the_database_refuses_is_set_aside_and_blocks_nobody()
    {
        await using var bench = await IngestBench.CreateAsync();
        bench.BeforeRows = rows =>
        {
            foreach (ref readonly var row in rows.Span)
            {
                if (row.Values[SignalCatalogue.Speed] == 13)
                {
                    throw new InvalidOperationException("this row cannot be written");
                }
            }
        };
        await bench.StartAsync();
        for (var i = 0; i < 40; i++)
        {
            bench.Report("car", i, i, boot: 1, seq: i);
        }

        await bench.DrainAsync();
        Assert.Equal(Enumerable.Range(0, 40).Where(i => i != 13).Select(i => (double)i), await bench.SpeedsAsync("car"));
        var rejected = Assert.Single(await bench.RejectedAsync());
        Assert.Equal((RejectReason.RefusedByDatabase, 13L, "this row cannot be written"), (rejected.Reason, rejected.QueueOffset, rejected.Detail));
    }

    [Fact]
    public async Task Rows_are_written_sorted_by_vehicle_and_time()
    {
        await using var bench = await IngestBench.CreateAsync();
        var keys = new List<(long Vehicle, long Time)>();
        bench.BeforeRows = rows => keys.AddRange(rows.ToArray().Select(row => (row.VehicleKey, row.Time)));
        for (var i = 0; i < 60; i++)
        {
            bench.Report($"car-{i * 7 % 5}", i, i * 13 % 17);
        }

        await bench.StartAsync();
        await bench.DrainAsync();
        Assert.Equal(60, keys.Count);
        Assert.Equal(keys.Order(), keys);
    }

    [Fact]
    public async Task Rejected_messages_are_listed_newest_first_by_vehicle_reason_and_page()
    {
        await using var bench = await IngestBench.CreateAsync();
        await bench.StartAsync();
        bench.Append("a", "x");
        bench.Append("a", bench.Sample(1), "/a/b");
        bench.Report("b", 1, 48 * 3600);
        bench.Append("b", "y");
        await bench.DrainAsync();
        var list = new RejectedMessages(bench.Database.Database);
        var all = await list.ListAsync(null, null, null, 10, Token);
        Assert.Equal([3L, 2, 1, 0], all.Select(rejected => rejected.QueueOffset));
        Assert.Equal([3L], (await list.ListAsync(null, null, null, 1, Token)).Select(rejected => rejected.QueueOffset));
        Assert.Equal([2L, 1], (await list.ListAsync(null, null, all[0].Id, 2, Token)).Select(rejected => rejected.QueueOffset));
        Assert.Equal([3L, 0], (await list.ListAsync(null, RejectReason.Undecodable, null, 10, Token)).Select(rejected => rejected.QueueOffset));
    }

    [Fact]
    public async Task An_erased_cars_late_messages_are_counted_as_refused_and_nothing_of_them_is_kept()
    {
        await using var bench = await IngestBench.CreateAsync();
        await bench.StartAsync();
        bench.Report("car", 1);
        await bench.DrainAsync();
        await bench.Database.Registry.EraseAsync("car", "test", Token);
        bench.Report("car", 2, 1);
        bench.Append("car", "{\"time\":");
        bench.Append("other", "{\"time\":");
        await bench.DrainAsync();
        Assert.Equal("other", Assert.Single(await bench.RejectedAsync()).VehicleId);
        Assert.Equal(3, bench.Status.GetSnapshot().Rejected);
        Assert.Null(await bench.LatestSpeedAsync("car"));
        Assert.Equal([1d], await bench.SpeedsAsync("car")); // the task has not run
    }

    [Fact]
    public async Task A_car_that_is_erased_while_it_reports_leaves_nothing_behind()
    {
        await using var bench = await IngestBench.CreateAsync();
        await bench.StartAsync(maxMessages: 5);
        await using var erasures = new ErasureBench(bench.Database.Database, bench.Database.Store);
        var key = (await bench.Database.Registry.PutAsync("car", new VehicleDetails(), "test", Token)).Vehicle.Id;
        var sent = 0;
        for (; sent < 200; sent++)
        {
            bench.Report("car", sent % 100, sent, boot: 1, seq: sent);
        }

        var asked = await erasures.EraseAsync("car");
        for (; sent < 400; sent++)
        {
            bench.Report("car", sent % 100, sent, boot: 1, seq: sent);
        }

        await erasures.RunAsync();
        await bench.DrainAsync();
        Assert.Empty(await erasures.RowsOfAsync("car", key));
        var done = (await erasures.Erasures.GetAsync(asked.Id, Token))!;
        Assert.Equal(400, done.TelemetryRows + bench.Status.GetSnapshot().Rejected);
    }
}
