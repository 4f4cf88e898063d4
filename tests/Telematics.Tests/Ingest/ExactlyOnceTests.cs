using Xunit;

namespace Telematics.Tests.Ingest;

/// <summary>"Exactly once into the database": one test for each clause.</summary>
public class ExactlyOnceTests
{
    [Fact]
    public async Task Backlog_sent_after_live_data_is_no_duplicate()
    {
        await using var bench = await IngestBench.CreateAsync();
        await bench.StartAsync();
        bench.Report("car", 50, 0, boot: 1, seq: 50);
        foreach (var seq in Enumerable.Range(20, 30))
        {
            bench.Report("car", seq, seq - 50, boot: 1, seq: seq);
        }

        await bench.DrainAsync();
        Assert.Equal(Enumerable.Range(20, 31).Select(seq => (double)seq), await bench.SpeedsAsync("car"));
        Assert.Equal(50, await bench.LatestSpeedAsync("car"));
    }

    [Fact]
    public async Task Numbers_out_of_order_within_the_window_are_judged_each()
    {
        await using var bench = await IngestBench.CreateAsync();
        await bench.StartAsync(maxMessages: 2);
        foreach (var (seq, i) in new[] { 5, 3, 5, 4, 3, 6, 4 }.Select((seq, i) => (seq, i)))
        {
            bench.Report("car", seq, i, boot: 1, seq: seq);
        }

        await bench.DrainAsync();
        Assert.Equal([5d, 3, 4, 6], await bench.SpeedsAsync("car"));
        Assert.Equal(3, bench.Status.GetSnapshot().Duplicates);
    }

    [Fact]
    public async Task A_number_older_than_the_window_is_stored_and_counted_as_unjudged()
    {
        await using var bench = await IngestBench.CreateAsync();
        await bench.StartAsync();
        bench.Report("car", 1, 0, boot: 1, seq: 100);
        bench.Report("car", 2, 1, boot: 1, seq: 35);
        bench.Report("car", 3, 2, boot: 1, seq: 35);
        await bench.DrainAsync();
        Assert.Equal([1d, 2, 3], await bench.SpeedsAsync("car"));
        Assert.Equal(2, bench.Status.GetSnapshot().Unjudged);
    }

    [Fact]
    public async Task A_lost_counter_begins_a_new_life_and_the_old_ones_backlog_is_still_judged()
    {
        await using var bench = await IngestBench.CreateAsync();
        await bench.StartAsync();
        bench.Report("car", 1, 0, boot: 900, seq: 7);
        bench.Report("car", 2, 1, boot: 4, seq: 0);
        bench.Report("car", 3, 2, boot: 900, seq: 7);
        bench.Report("car", 4, 3, boot: 900, seq: 8);
        bench.Report("car", 5, 4, boot: 4, seq: 0);
        await bench.DrainAsync();
        Assert.Equal([1d, 2, 4], await bench.SpeedsAsync("car"));
    }

    [Fact]
    public async Task Without_a_number_nothing_is_a_cars_repeat()
    {
        await using var bench = await IngestBench.CreateAsync();
        await bench.StartAsync();
        bench.Report("car", 1);
        bench.Report("car", 1);
        await bench.DrainAsync();
        Assert.Equal([1d, 1], await bench.SpeedsAsync("car"));
    }

    [Fact]
    public async Task A_failed_commit_leaves_no_trace_in_memory()
    {
        await using var bench = await IngestBench.CreateAsync();
        var failures = 0;
        bench.BeforeCommit = () => failures++ is 0 or 2 ? throw new IOException("disk") : Task.CompletedTask;
        await bench.StartAsync(maxMessages: 3);
        for (var seq = 0; seq < 9; seq++)
        {
            bench.Report("car", seq, seq, boot: 1, seq: seq);
        }

        await bench.DrainAsync();
        Assert.Equal(Enumerable.Range(0, 9).Select(seq => (double)seq), await bench.SpeedsAsync("car"));
        Assert.Equal((9L, 0L), (bench.Status.GetSnapshot().Rows, bench.Status.GetSnapshot().Duplicates));
    }

    [Fact]
    public async Task A_queue_lost_and_got_back_judges_by_what_the_other_owner_stored()
    {
        await using var bench = await IngestBench.CreateAsync();
        await bench.StartAsync();
        bench.Report("car", 1, 0, boot: 1, seq: 1);
        await bench.DrainAsync();
        await bench.Log.Members[0].RevokeAsync(bench.Queue);
        var other = await bench.StartAsync();
        bench.Report("car", 2, 1, boot: 1, seq: 2);
        await bench.DrainAsync();
        await other.DisposeAsync();
        bench.Log.Members[0].Assign(bench.Queue);
        bench.Report("car", 2, 2, boot: 1, seq: 2);
        bench.Report("car", 3, 3, boot: 1, seq: 3);
        await bench.DrainAsync();
        Assert.Equal([1d, 2, 3], await bench.SpeedsAsync("car"));
    }

    [Fact]
    public async Task A_producers_repeated_batch_is_left_out_also_without_numbers_of_the_car()
    {
        await using var bench = await IngestBench.CreateAsync();
        var producer = "producer-1"u8.ToArray();
        bench.Report("car", 1, 0, producer: producer, number: 1);
        bench.Report("car", 2, 1, producer: producer, number: 2);
        bench.Report("car", 1, 0, producer: producer, number: 1);
        bench.Report("car", 2, 1, producer: producer, number: 2);
        bench.Report("car", 3, 2, producer: producer, number: 3);
        await bench.StartAsync(maxMessages: 3);
        await bench.DrainAsync();
        Assert.Equal([1d, 2, 3], await bench.SpeedsAsync("car"));
    }

    [Fact]
    public async Task Two_consumers_that_overlap_on_a_queue_store_every_sample_once()
    {
        await using var bench = await IngestBench.CreateAsync();
        await bench.StartAsync(maxMessages: 7);
        await bench.StartAsync(maxMessages: 5);
        for (var seq = 0; seq < 400; seq++)
        {
            bench.Report($"car-{seq % 3}", seq, seq, boot: 1, seq: seq);
            if (seq % 10 == 0)
            {
                await Task.Yield();
            }
        }

        await bench.DrainAsync();
        for (var car = 0; car < 3; car++)
        {
            Assert.Equal(Enumerable.Range(0, 400).Where(seq => seq % 3 == car).Select(seq => (double)seq), await bench.SpeedsAsync($"car-{car}"));
        }
    }

    [Fact]
    public async Task Counters_move_also_for_messages_whose_samples_are_late_or_rejected()
    {
        await using var bench = await IngestBench.CreateAsync();
        await bench.StartAsync(maxMessages: 1);
        bench.Report("car", 1, 100, boot: 1, seq: 1);
        bench.Report("car", 2, -100, boot: 1, seq: 2);
        bench.Report("car", 3, 48 * 3600, boot: 1, seq: 3);
        await bench.DrainAsync();
        bench.Report("car", 2, -100, boot: 1, seq: 2);
        bench.Report("car", 3, 48 * 3600, boot: 1, seq: 3);
        await bench.DrainAsync();
        Assert.Equal([2d, 1], await bench.SpeedsAsync("car"));
        Assert.Single(await bench.RejectedAsync());
        Assert.Equal(2, bench.Status.GetSnapshot().Duplicates);
    }

    [Fact]
    public async Task A_message_in_another_queue_than_its_cars_is_taken_but_not_judged()
    {
        await using var bench = await IngestBench.CreateAsync(queues: 2);
        await bench.StartAsync();
        var own = Telematics.Messaging.QueueSelector.Select("car"u8, 2);
        bench.Report("car", 1, 0, boot: 1, seq: 1, queueIndex: own);
        await bench.DrainAsync();
        bench.Report("car", 2, 1, boot: 1, seq: 1, queueIndex: 1 - own);
        await bench.DrainAsync();
        bench.Report("car", 3, 2, boot: 1, seq: 1, queueIndex: own);
        await bench.DrainAsync();
        Assert.Equal([1d, 2], await bench.SpeedsAsync("car"));
    }

    [Fact]
    public async Task After_a_restart_the_numbers_before_it_are_known()
    {
        await using var bench = await IngestBench.CreateAsync();
        var first = await bench.StartAsync();
        bench.Report("car", 1, 0, boot: 1, seq: 1);
        await bench.DrainAsync();
        await first.DisposeAsync();
        bench.Report("car", 1, 0, boot: 1, seq: 1);
        bench.Report("car", 2, 1, boot: 1, seq: 2);
        await bench.StartAsync();
        await bench.DrainAsync();
        Assert.Equal([1d, 2], await bench.SpeedsAsync("car"));
    }
}
