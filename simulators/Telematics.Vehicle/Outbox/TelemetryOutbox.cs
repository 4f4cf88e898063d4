using System.Buffers;
using Telematics.Contracts;
using Telematics.Contracts.Telemetry;

namespace Telematics.Vehicle.Outbox;

/// <summary>
/// Store and forward. Samples wait without a number; when some are handed to MQTT they become one message, which takes
/// the next number and is kept, with its bytes, until its PUBACK. What was on its way when the connection or the process
/// ended is sent again first, in the same order and with the same numbers.
/// </summary>
internal sealed class TelemetryOutbox(VehicleDatabase database, string vehicleId, PayloadFormat format, ILogger logger)
{
    /// <summary>Publishes that may be on their way at once: the server tells repeats within a window of 64 numbers.</summary>
    public const int MaxUnacknowledged = 32;

    /// <summary>Samples in one message of a backlog.</summary>
    public const int MaxSamplesInMessage = 100;

    /// <summary>Waiting samples; beyond that the oldest are given up. Eleven days at one a second.</summary>
    public const int MaxWaiting = 1_000_000;

    // JSON of the samples of one message; well below the gateway's packet limit of 64 KiB.
    private const int MaxMessageLength = 40 * 1024;

    private const string UnacknowledgedSql = "SELECT id, topic, content_type, correlation_data, body FROM publish WHERE handed_over = 1 ORDER BY id";
    private const string NotHandedOverSql = "SELECT id, topic, content_type, correlation_data, body FROM publish WHERE handed_over = 0 ORDER BY id LIMIT 1";

    private readonly DecodedTelemetry _telemetry = new();
    private readonly ArrayBufferWriter<byte> _body = new();

    /// <summary>The counter as it stands: the next message gets <see cref="MessageSequence.Seq"/>.</summary>
    public MessageSequence Counter
    {
        get
        {
            lock (database.Lock)
            {
                return new MessageSequence(database.Scalar("SELECT boot FROM counter"), database.Scalar("SELECT next_seq FROM counter"));
            }
        }
    }

    /// <summary>Samples that wait.</summary>
    public long Waiting
    {
        get
        {
            lock (database.Lock)
            {
                return database.Scalar("SELECT count(*) FROM sample");
            }
        }
    }

    /// <summary>Whether nothing waits and nothing is on its way.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (database.Lock)
            {
                return database.Scalar("SELECT EXISTS (SELECT 1 FROM sample) OR EXISTS (SELECT 1 FROM publish)") == 0;
            }
        }
    }

    /// <summary>Keeps a sample: the flat JSON form, without boot and seq.</summary>
    public void Add(ReadOnlySpan<byte> json)
    {
        lock (database.Lock)
        {
            database.Execute("INSERT INTO sample (json) VALUES ($1)", json.ToArray());
            var excess = database.Scalar("SELECT coalesce(max(id) - min(id) + 1, 0) FROM sample") - MaxWaiting;
            if (excess > 0)
            {
                var count = database.Execute("DELETE FROM sample WHERE id < (SELECT min(id) FROM sample) + $1", excess);
                logger.SamplesGivenUp(count, MaxWaiting);
            }
        }
    }

    /// <summary>What was handed over and is not acknowledged, in that order.</summary>
    public IReadOnlyList<OutgoingPublish> GetUnacknowledged()
    {
        lock (database.Lock)
        {
            return Read(UnacknowledgedSql);
        }
    }

    /// <summary>The next publish to hand over: an answer to a command, else a message made of samples that wait. Null when there is none, or as many as allowed are on their way.</summary>
    public OutgoingPublish? TakeNext()
    {
        lock (database.Lock)
        {
            if (database.Scalar("SELECT count(*) FROM publish WHERE handed_over = 1") >= MaxUnacknowledged)
            {
                return null;
            }

            if (Read(NotHandedOverSql) is [var answer])
            {
                // It takes its place behind what was handed over before it.
                using var transaction = database.Begin();
                database.Execute("DELETE FROM publish WHERE id = $1", answer.Id);
                var publish = Insert(answer, isHandedOver: true);
                transaction.Commit();
                return publish;
            }

            return TakeSamples();
        }
    }

    /// <summary>Keeps an answer to a command until it is acknowledged; within the caller's transaction, the caller holds the lock.</summary>
    public void AddAnswer(string topic, byte[]? correlationData, byte[] body) =>
        Insert(new OutgoingPublish(0, topic, TelemetryCodec.JsonContentType, correlationData, body), isHandedOver: false);

    /// <summary>Forgets a publish: its PUBACK came.</summary>
    public void Acknowledge(long id)
    {
        lock (database.Lock)
        {
            database.Execute("DELETE FROM publish WHERE id = $1", id);
        }
    }

    private OutgoingPublish? TakeSamples()
    {
        var last = 0L;
        _body.ResetWrittenCount();
        _body.Write("{\"samples\":["u8);
        using (var command = database.Command("SELECT id, json FROM sample ORDER BY id LIMIT $1", MaxSamplesInMessage))
        using (var reader = command.ExecuteReader())
        {
            while (reader.Read())
            {
                var json = (byte[])reader[1];
                if (last != 0 && _body.WrittenCount + json.Length > MaxMessageLength)
                {
                    break;
                }

                _body.Write(last == 0 ? ""u8 : ","u8);
                _body.Write(json);
                last = reader.GetInt64(0);
            }
        }

        if (last == 0)
        {
            return null;
        }

        _body.Write("]}"u8);
        var result = TelemetryCodec.Decode(_body.WrittenSpan, "application/json"u8, _telemetry);
        if (result.Reason != RejectReason.None || _telemetry.Failures.Count > 0)
        {
            // Only samples that decode are kept, so this is a fault of ours, or of another version that wrote the file.
            throw new InvalidDataException($"A kept sample cannot be decoded: {(result.Reason != RejectReason.None ? result.Detail : _telemetry.Failures[0].Detail)}");
        }

        using var transaction = database.Begin();
        var sequence = new MessageSequence(database.Scalar("SELECT boot FROM counter"), database.Scalar("UPDATE counter SET next_seq = next_seq + 1 RETURNING next_seq - 1"));
        _body.ResetWrittenCount();
        if (format == PayloadFormat.Json)
        {
            TelemetryJson.Write(_body, sequence, _telemetry.Samples, _telemetry.OtherSignals);
        }
        else
        {
            TelemetryProtobuf.Write(_body, sequence, _telemetry.Samples, _telemetry.OtherSignals);
        }

        var contentType = format == PayloadFormat.Json ? TelemetryCodec.JsonContentType : TelemetryCodec.ProtobufContentType;
        var publish = Insert(new OutgoingPublish(0, $"{TopicNames.Telemetry}/{vehicleId}", contentType, null, _body.WrittenSpan.ToArray()), isHandedOver: true);
        database.Execute("DELETE FROM sample WHERE id <= $1", last);
        transaction.Commit();
        return publish;
    }

    private OutgoingPublish Insert(OutgoingPublish publish, bool isHandedOver)
    {
        var id = database.Scalar(
            "INSERT INTO publish (handed_over, topic, content_type, correlation_data, body) VALUES ($1, $2, $3, $4, $5) RETURNING id",
            isHandedOver ? 1 : 0, publish.Topic, publish.ContentType, publish.CorrelationData, publish.Body);
        return publish with { Id = id };
    }

    private List<OutgoingPublish> Read(string sql)
    {
        var publishes = new List<OutgoingPublish>();
        using var command = database.Command(sql);
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            publishes.Add(new OutgoingPublish(reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.IsDBNull(3) ? null : (byte[])reader[3], (byte[])reader[4]));
        }

        return publishes;
    }
}
