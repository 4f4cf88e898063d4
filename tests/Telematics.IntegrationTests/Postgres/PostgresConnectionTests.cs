using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;
using Telematics.Messaging;
using Telematics.Storage;
using Telematics.Storage.Postgres;
using Telematics.Tests.Storage;
using Xunit;

namespace Telematics.IntegrationTests.Postgres;

/// <summary>What the few connections and the server's own limits must not do to the queues.</summary>
public sealed class PostgresConnectionTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Readers_that_take_all_they_can_leave_the_writers_theirs_and_the_other_way_round()
    {
        await using var server = await PostgresTestDatabase.CreateAsync(PostgresKind.Plain);
        var connectionString = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Timeout = 1 }.ConnectionString;
        await using var database = new PostgresDatabase(connectionString, Options.Create(new StorageOptions { MaxConnections = 4 }));
        var readers = new List<TelematicsDbContext>();
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            while (readers.Count < 10)
            {
                readers.Add(database.CreateReader());
                await readers[^1].Database.OpenConnectionAsync(Cancel);
            }
        });
        Assert.Equal(3, readers.Count); // two, and the one that found none

        await using (var first = await database.BeginWriteAsync(Cancel))
        await using (await database.BeginWriteAsync(Cancel))
        {
            Assert.Empty(await first.Db.Vehicles.ToListAsync(Cancel));
            foreach (var reader in readers)
            {
                await reader.DisposeAsync();
            }

            await using var next = database.CreateReader();
            Assert.Empty(await next.Vehicles.ToListAsync(Cancel));
        }
    }

    [Fact]
    public async Task A_batch_that_takes_longer_than_the_server_lets_a_statement_run_is_taken_in_smaller_ones()
    {
        await using var bench = await ConsumerBench.CreateAsync();
        for (var i = 0; i < 200; i++)
        {
            bench.Append($"message {i}");
        }

        var handler = new SlowHandler();
        await bench.StartAsync(handler, maxMessages: 100);
        await bench.UntilOffsetAsync(200);
        Assert.Equal(200, (await bench.CommittedAsync()).Count);
        Assert.Equal(100, handler.Sizes[0]);
        Assert.InRange(handler.Sizes.Count, 8, 60);
    }

    /// <summary>10 ms a message; the server ends a statement after 300.</summary>
    private sealed class SlowHandler : IQueueBatchHandler
    {
        private readonly RecordingHandler _inner = new();

        public List<int> Sizes { get; } = [];

        public async ValueTask ApplyAsync(MessageBatch batch, IReadOnlyList<bool> isRepeat, WriteSession session, CancellationToken cancellationToken)
        {
            Sizes.Add(batch.Count);
            await session.Db.Database.ExecuteSqlAsync($"SET LOCAL statement_timeout = '300ms'", cancellationToken);
            await session.Db.Database.ExecuteSqlAsync($"SELECT pg_sleep({batch.Count * 0.01})", cancellationToken);
            await _inner.ApplyAsync(batch, isRepeat, session, cancellationToken);
        }

        public void OnCommitted(MessageQueue queue, QueuePosition position) => _inner.OnCommitted(queue, position);

        public void OnReset(MessageQueue queue) => _inner.OnReset(queue);
    }
}
