using System.Data.Common;
using Telematics.Contracts;
using Telematics.Contracts.Telemetry;
using Telematics.Messaging;
using Telematics.Storage.Model;
using Telematics.Storage.Registry;

namespace Telematics.Storage.Consumers;

/// <summary>The SQL of one group in one queue: its offset, its producers' numbers, what it had to leave out. The same on every database.</summary>
internal sealed class StoredPositions(string group, MessageQueue queue)
{
    private const string Key = """ "group" = @group AND topic = @topic AND broker = @broker AND queue_id = @queue """;

    /// <summary>The stored position, made at the queue's beginning when there is none.</summary>
    public async Task<QueuePosition> LoadAsync(WriteSession session, CancellationToken cancellationToken)
    {
        await using (var insert = CreateCommand(
            session,
            """INSERT INTO consumer_offset ("group", topic, broker, queue_id, next_offset, last_offset, last_store_time) VALUES (@group, @topic, @broker, @queue, 0, -1, 0) ON CONFLICT ("group", topic, broker, queue_id) DO NOTHING"""))
        {
            await insert.ExecuteNonQueryAsync(cancellationToken);
        }

        await using var select = CreateCommand(session, $"SELECT next_offset, last_offset, last_store_time, next_part FROM consumer_offset WHERE {Key}");
        await using var row = await select.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return new QueuePosition(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)) { NextPart = row.GetInt64(3) };
    }

    /// <summary>Moves the offset, if it still is where this owner left it.</summary>
    /// <returns>False when another owner has moved it.</returns>
    public async Task<bool> TryMoveAsync(WriteSession session, QueuePosition from, QueuePosition to, CancellationToken cancellationToken)
    {
        await using var update = CreateCommand(
            session,
            $"UPDATE consumer_offset SET next_offset = @next, last_offset = @last, last_store_time = @time, next_part = @nextPart WHERE {Key} AND next_offset = @from AND next_part = @fromPart");
        update.AddParameter("@from", from.NextOffset);
        update.AddParameter("@fromPart", from.NextPart);
        update.AddParameter("@next", to.NextOffset);
        update.AddParameter("@last", to.LastOffset);
        update.AddParameter("@time", to.LastStoreTime);
        update.AddParameter("@nextPart", to.NextPart);
        return await update.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    /// <summary>Loads the producers' numbers; after the position, so that a move by another owner in between is noticed at the first commit.</summary>
    public async Task LoadNumbersAsync(WriteSession session, RepeatDetector numbers, CancellationToken cancellationToken)
    {
        numbers.Clear();
        await using var select = CreateCommand(session, $"SELECT instance, number FROM producer_progress WHERE {Key}");
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            numbers.Load(ProducerInstance.Read(rows.GetFieldValue<byte[]>(0)), rows.GetInt64(1));
        }
    }

    /// <summary>Stores what a batch changed.</summary>
    public async Task SaveNumbersAsync(WriteSession session, RepeatDetector numbers, DateTime now, CancellationToken cancellationToken)
    {
        if (numbers.UnderWay.Count == 0)
        {
            return;
        }

        await using var upsert = CreateCommand(
            session,
            """INSERT INTO producer_progress ("group", topic, broker, queue_id, instance, number, updated_at) VALUES (@group, @topic, @broker, @queue, @instance, @number, @now) ON CONFLICT ("group", topic, broker, queue_id, instance) DO UPDATE SET number = excluded.number, updated_at = excluded.updated_at""");
        var instance = upsert.AddParameter("@instance", null);
        var number = upsert.AddParameter("@number", 0L);
        upsert.AddParameter("@now", now);
        foreach (var (key, value) in numbers.UnderWay)
        {
            instance.SetValue(key.ToBytes());
            number.SetValue(value);
            await upsert.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    /// <summary>Deletes numbers of producers that have sent nothing since.</summary>
    public async Task<int> DeleteNumbersAsync(WriteSession session, DateTime before, CancellationToken cancellationToken)
    {
        await using var delete = CreateCommand(session, $"DELETE FROM producer_progress WHERE {Key} AND updated_at < @before");
        delete.AddParameter("@before", before);
        return await delete.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Notes offsets that retention removed before they were read.</summary>
    public async Task AddTrimmedRangeAsync(WriteSession session, long from, long to, DateTime at, CancellationToken cancellationToken)
    {
        session.Db.TrimmedRanges.Add(new TrimmedRange
        {
            Group = group,
            Topic = queue.Topic,
            Broker = queue.Broker,
            QueueId = queue.QueueId,
            FromOffset = from,
            ToOffset = to,
            At = at,
        });
        await session.Db.SaveChangesAsync(cancellationToken);
    }

    /// <summary>Keeps a message that the database refuses (unless its vehicle is erased), so that it blocks the queue no longer.</summary>
    public static async Task AddRefusedAsync(WriteSession session, MessageBatch batch, string detail, CancellationToken cancellationToken)
    {
        await session.LockRegistryAsync(RegistryAccess.Follow, cancellationToken);
        session.Db.RejectedMessages.AddRange(await ErasedVehicles.ExceptAsync(session.Db, [Refused(batch, detail)], cancellationToken));
        await session.Db.SaveChangesAsync(cancellationToken);
    }

    /// <summary>Keeps a message that the log cannot decode; nobody can say whose it is.</summary>
    public async Task AddUndecodableAsync(WriteSession session, UndecodableRecord record, DateTime now, CancellationToken cancellationToken)
    {
        session.Db.RejectedMessages.Add(new RejectedMessage
        {
            Topic = queue.Topic,
            Broker = queue.Broker,
            QueueId = queue.QueueId,
            QueueOffset = record.Offset,
            StoredAt = StoredAt(record, now),
            Reason = RejectReason.Undecodable,
            Detail = Shorten($"the message log cannot decode its record, whose bytes these are: {record.Fault}"),
            Payload = record.Bytes,
        });
        await session.Db.SaveChangesAsync(cancellationToken);
    }

    // A damaged record may say anything.
    private static DateTime StoredAt(UndecodableRecord record, DateTime now)
    {
        var latest = new DateTimeOffset(now, TimeSpan.Zero).AddDays(1).ToUnixTimeMilliseconds();
        return record.StoreTime > 0 && record.StoreTime < latest ? UnixTime.ToDateTime(record.StoreTime * UnixTime.MicrosecondsPerMillisecond) : now;
    }

    private static string Shorten(string detail) => detail[..Math.Min(detail.Length, 1_024)];

    private static RejectedMessage Refused(MessageBatch batch, string detail)
    {
        var message = batch[0];
        return new RejectedMessage
        {
            Topic = batch.Queue.Topic,
            Broker = batch.Queue.Broker,
            QueueId = batch.Queue.QueueId,
            QueueOffset = message.Offset,
            StoredAt = UnixTime.ToDateTime(message.StoreTime * UnixTime.MicrosecondsPerMillisecond),
            ClientId = message.Properties.GetString(MessagePropertyNames.ClientId),
            VehicleId = System.Text.Encoding.UTF8.GetString(message.Key),
            Reason = RejectReason.RefusedByDatabase,
            Detail = Shorten(detail),
            Payload = message.Body.ToArray(),
        };
    }

    private DbCommand CreateCommand(WriteSession session, string sql)
    {
        var command = session.CreateCommand(sql);
        command.AddParameter("@group", group);
        command.AddParameter("@topic", queue.Topic);
        command.AddParameter("@broker", queue.Broker);
        command.AddParameter("@queue", queue.QueueId);
        return command;
    }
}
