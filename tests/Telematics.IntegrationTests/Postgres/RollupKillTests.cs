using System.Net;
using Npgsql;
using Telematics.IntegrationTests.Host;
using Xunit;

namespace Telematics.IntegrationTests.Postgres;

/// <summary>The process is killed with SIGKILL in the midst of summing up; afterwards both rollups are what the samples say.</summary>
public sealed class RollupKillTests
{
    // Samples of six hours, settled up to the first: minutes and hours to make, and noted hours before them to make again.
    private const string Samples =
        """
        INSERT INTO telemetry (vehicle_key, time, stored_at, speed, traveled_distance)
        SELECT v, t, t, mod(v * 7 + extract(epoch FROM t)::bigint, 130), extract(epoch FROM t)::bigint
        FROM generate_series(1, 20) v, generate_series(date_trunc('hour', now()) - interval '6 hours', now() - interval '5 minutes', '20 seconds') t
        """;

    private const string Progress =
        "UPDATE rollup_progress SET rolled_up_to = date_trunc('hour', now()) - interval '5 hours', noted_before = date_trunc('hour', now()) - interval '5 hours'";

    private const string Notes =
        "INSERT INTO telemetry_late_hour (vehicle_key, hour) SELECT v, date_trunc('hour', now()) - interval '6 hours' FROM generate_series(1, 20) v";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Wherever_the_run_dies_the_rollups_are_in_the_end_what_the_samples_sum_up_to()
    {
        await using var database = await PostgresTestDatabase.CreateAsync(PostgresKind.Plain);
        await ExecuteAsync(database, Progress);
        await ExecuteAsync(database, Samples);
        await ExecuteAsync(database, Notes);
        await using var host = new HostProcess($"--ConnectionStrings:Telematics={database.ConnectionString}", "--Telematics:Api:HangfireDashboard=true");
        await host.StartAsync(Cancel);

        // After the minutes, before they are written; after minutes, before hours; before the progress; before the notes.
        foreach (var table in new[] { "telemetry_1m", "telemetry_1h", "rollup_progress", "telemetry_late_hour" })
        {
            await using (var connection = await database.Database.DataSource.OpenConnectionAsync(Cancel))
            await using (var transaction = await connection.BeginTransactionAsync(Cancel))
            {
                await using var hold = new NpgsqlCommand($"LOCK TABLE {table} IN SHARE MODE", connection, transaction);
                await hold.ExecuteNonQueryAsync(Cancel);
                await TriggerUntilAsync(host, database, $"SELECT count(*) > 0 FROM pg_locks l JOIN pg_class c ON c.oid = l.relation WHERE NOT l.granted AND c.relname = '{table}'");
                await host.KillAsync();
            }

            await host.StartAsync(Cancel);
        }

        await TriggerUntilAsync(host, database, "SELECT rolled_up_to > now() - interval '6 minutes' AND NOT EXISTS (SELECT 1 FROM telemetry_late_hour) FROM rollup_progress");
        foreach (var (table, length) in new[] { ("telemetry_1m", "minute"), ("telemetry_1h", "hour") })
        {
            var expected = $"SELECT vehicle_key, date_trunc('{length}', time), count(*), count(speed), min(speed), max(speed), sum(speed::float8), min(time), max(time), min(traveled_distance), max(traveled_distance) FROM telemetry GROUP BY 1, 2";
            var actual = $"SELECT vehicle_key, time, samples, speed_count, speed_min, speed_max, speed_sum, first_time, last_time, distance_from, distance_to FROM {table}";
            Assert.Equal(0L, await ScalarAsync(database, $"SELECT (SELECT count(*) FROM (({expected}) EXCEPT ({actual})) a) + (SELECT count(*) FROM (({actual}) EXCEPT ({expected})) b)"));
            Assert.True((long)(await ScalarAsync(database, $"SELECT count(*) FROM {table}"))! > 20);
        }
    }

    /// <summary>Has the task run, as often as it takes: a run that was killed holds its lock until the server notices.</summary>
    private static async Task TriggerUntilAsync(HostProcess host, PostgresTestDatabase database, string condition)
    {
        for (var attempt = 0; attempt < 120; attempt++)
        {
            using var trigger = new HttpRequestMessage(HttpMethod.Post, "hangfire/recurring/trigger") { Content = new FormUrlEncodedContent([new("jobs[]", "rollups")]) };
            trigger.Headers.TryAddWithoutValidation("Origin", host.Http.BaseAddress!.GetLeftPart(UriPartial.Authority));
            using var answer = await host.Http.SendAsync(trigger, Cancel);
            Assert.True(answer.StatusCode is HttpStatusCode.NoContent or HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable, $"{answer.StatusCode}");
            for (var look = 0; look < 10; look++)
            {
                if (await ScalarAsync(database, condition) is true)
                {
                    return;
                }

                await Task.Delay(50, Cancel);
            }
        }

        Assert.Fail($"Not reached: {condition}\n{host.Output}");
    }

    private static async Task ExecuteAsync(PostgresTestDatabase database, string sql)
    {
        await using var command = database.Database.DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private static async Task<object?> ScalarAsync(PostgresTestDatabase database, string sql)
    {
        await using var command = database.Database.DataSource.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Cancel);
    }
}
