using Npgsql;
using Telematics.Contracts;
using Telematics.Contracts.Telemetry;
using Telematics.Storage;
using Telematics.Storage.Model;
using Xunit;

namespace Telematics.IntegrationTests.Postgres;

/// <summary>Which failures a queue waits for, and which are a message's own.</summary>
public sealed class PostgresErrorTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_lock_that_was_not_to_be_had_while_entities_were_saved_is_waited_for()
    {
        await using var database = await PostgresTestDatabase.CreateAsync(PostgresKind.Plain);
        await using var holder = await database.Database.BeginWriteAsync(Cancel);
        await ExecuteAsync(holder, "LOCK TABLE trimmed_range IN ACCESS EXCLUSIVE MODE");
        await using var session = await database.Database.BeginWriteAsync(Cancel);
        await ExecuteAsync(session, "SET LOCAL lock_timeout = '100ms'");
        session.Db.TrimmedRanges.Add(Range());

        var exception = await Assert.ThrowsAnyAsync<Exception>(() => session.Db.SaveChangesAsync(Cancel));

        Assert.True(database.Database.IsUnavailable(exception), exception.ToString());
    }

    [Fact]
    public async Task A_connection_that_was_cut_while_entities_were_saved_is_waited_for()
    {
        await using var database = await PostgresTestDatabase.CreateAsync(PostgresKind.Plain);
        await using var session = await database.Database.BeginWriteAsync(Cancel);
        await CutAsync(database, session);
        session.Db.TrimmedRanges.Add(Range());

        var exception = await Assert.ThrowsAnyAsync<Exception>(() => session.Db.SaveChangesAsync(Cancel));

        Assert.True(database.Database.IsUnavailable(exception), exception.ToString());
    }

    [Fact]
    public async Task A_connection_that_was_cut_before_the_commit_is_waited_for()
    {
        await using var database = await PostgresTestDatabase.CreateAsync(PostgresKind.Plain);
        var session = await database.Database.BeginWriteAsync(Cancel);
        await CutAsync(database, session);

        var exception = await Assert.ThrowsAnyAsync<Exception>(() => session.CommitAsync(Cancel).AsTask());
        await session.DisposeAsync();

        Assert.True(database.Database.IsUnavailable(exception), exception.ToString());
    }

    [Fact]
    public async Task A_server_that_ends_a_slow_transaction_is_waited_for()
    {
        await using var database = await PostgresTestDatabase.CreateAsync(PostgresKind.Plain);
        var session = await database.Database.BeginWriteAsync(Cancel);
        await ExecuteAsync(session, "SET LOCAL idle_in_transaction_session_timeout = '50ms'");
        await Task.Delay(500, Cancel);

        var exception = await Assert.ThrowsAnyAsync<Exception>(() => ExecuteAsync(session, "SELECT 1"));
        await session.DisposeAsync();

        Assert.True(database.Database.IsUnavailable(exception), exception.ToString());
    }

    [Fact]
    public async Task A_right_that_was_taken_away_is_waited_for()
    {
        await using var database = await PostgresTestDatabase.CreateAsync(PostgresKind.Plain);
        var role = $"role_{Guid.NewGuid():N}";
        var session = await database.Database.BeginWriteAsync(Cancel);
        await ExecuteAsync(session, $"CREATE ROLE {role}");
        await ExecuteAsync(session, $"SET LOCAL ROLE {role}");

        var exception = await Assert.ThrowsAnyAsync<Exception>(() => database.Store.WriteAsync(new TelemetryRow[1], default, session, Cancel).AsTask());
        await session.DisposeAsync();

        Assert.True(database.Database.IsUnavailable(exception), exception.ToString());
    }

    [Theory]
    [InlineData(PostgresKind.Plain)]
    [InlineData(PostgresKind.Timescale)]
    public async Task A_message_with_samples_of_very_many_days_does_not_stop_its_queue(PostgresKind kind)
    {
        await using var database = await PostgresTestDatabase.CreateAsync(kind);
        await using var session = await database.Database.BeginWriteAsync(Cancel);
        var now = UnixTime.ToMicroseconds(DateTime.UtcNow);
        var rows = new TelemetryRow[6_000];
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i] = new TelemetryRow { VehicleKey = 1, Time = now - ((rows.Length - i) * 86_400_000_000L), StoredAt = now, Values = SignalValues.None };
        }

        var began = DateTime.UtcNow;
        var exception = await Record.ExceptionAsync(() => database.Store.WriteAsync(rows, default, session, Cancel).AsTask());
        TestContext.Current.TestOutputHelper?.WriteLine($"{DateTime.UtcNow - began} {exception?.Message}");

        Assert.True(exception is null || !database.Database.IsUnavailable(exception), exception?.ToString());
    }

    private static TrimmedRange Range() => new() { Group = "g", Topic = "t", Broker = "b", QueueId = 0, FromOffset = 0, ToOffset = 1, At = DateTime.UtcNow };

    private static async Task CutAsync(PostgresTestDatabase database, WriteSession session)
    {
        await using var command = database.Database.DataSource.CreateCommand($"SELECT pg_terminate_backend({((NpgsqlConnection)session.Transaction.Connection!).ProcessID}, 5000)");
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private static async Task ExecuteAsync(WriteSession session, string sql)
    {
        await using var command = session.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
