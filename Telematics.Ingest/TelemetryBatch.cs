using Telematics.Contracts;
using Telematics.Contracts.Telemetry;
using Telematics.Messaging;
using Telematics.Storage;

namespace Telematics.Ingest;

/// <summary>One batch, decoded: arrays of structs that are used again for a later batch.</summary>
/// <param name="longestAge">A sample may be so old when its message is stored; null = any age.</param>
internal sealed class TelemetryBatch(TimeSpan? longestAge)
{
    private readonly DecodedTelemetry _decoded = new();
    private PreparedMessage[] _messages = new PreparedMessage[256];
    private TelemetryRow[] _rows = new TelemetryRow[256];
    private char[] _ids = new char[4_096];
    private byte[] _other = new byte[4_096];
    private int _messageCount;
    private int _rowCount;
    private int _idLength;
    private int _otherLength;

    /// <summary>One for each message of the batch.</summary>
    public ReadOnlySpan<PreparedMessage> Messages => _messages.AsSpan(0, _messageCount);

    /// <summary>The acceptable samples; their vehicle is not yet known.</summary>
    public Span<TelemetryRow> Rows => _rows.AsSpan(0, _rowCount);

    /// <summary>What the rows' other signals point into.</summary>
    public ReadOnlyMemory<byte> Other => _other.AsMemory(0, _otherLength);

    /// <summary>What was not acceptable, in the order of messages.</summary>
    public List<PreparedRejection> Rejections { get; } = [];

    /// <summary>The vehicle id in a message's topic; empty when it names none.</summary>
    public ReadOnlySpan<char> VehicleId(in PreparedMessage message) => _ids.AsSpan(message.IdStart, message.IdLength);

    /// <summary>Decodes a batch in the place of the one before.</summary>
    public void Decode(MessageBatch batch)
    {
        _messageCount = _rowCount = _idLength = _otherLength = 0;
        Rejections.Clear();
        Grow(ref _messages, batch.Count);
        for (var i = 0; i < batch.Count; i++)
        {
            Decode(batch[i], i, ref _messages[_messageCount++]);
        }
    }

    private void Decode(MessageView message, int index, ref PreparedMessage prepared)
    {
        ReadOnlySpan<byte> secondTopic = default;
        ReadOnlySpan<byte> contentType = default;
        foreach (var property in message.Properties)
        {
            if (property.Name.SequenceEqual(MessagePropertyNames.MqttSecondTopic))
            {
                secondTopic = property.Value;
            }
            else if (property.Name.SequenceEqual(MessagePropertyNames.Mqtt5ContentType))
            {
                contentType = property.Value;
            }
        }

        prepared = default;
        prepared.RowStart = _rowCount;
        TakeVehicleId(secondTopic, ref prepared);
        var result = TelemetryCodec.Decode(message.Body, contentType, _decoded);
        (prepared.HasSequence, prepared.Boot, prepared.Seq) = (_decoded.HasSequence, _decoded.Boot, _decoded.Seq);
        if (prepared.IdLength == 0)
        {
            Rejections.Add(new PreparedRejection(index, RejectReason.VehicleIdInvalid, $"The topic must be telemetry/{{vehicleId}}; behind 'telemetry' stands '{System.Text.Encoding.UTF8.GetString(secondTopic)}'.", 0, message.Body.Length));
            return;
        }

        if (result.Reason != RejectReason.None)
        {
            Rejections.Add(new PreparedRejection(index, result.Reason, result.Detail, 0, message.Body.Length));
            return;
        }

        foreach (var failure in _decoded.Failures)
        {
            Rejections.Add(new PreparedRejection(index, failure.Reason, $"sample {failure.Index}: {failure.Detail}", failure.BodyStart, failure.BodyLength));
        }

        TakeSamples(message, index, ref prepared);
    }

    private void TakeVehicleId(ReadOnlySpan<byte> secondTopic, ref PreparedMessage prepared)
    {
        if (secondTopic.Length < 2 || secondTopic[0] != (byte)'/' || !Contracts.VehicleId.IsValid(secondTopic[1..]))
        {
            return;
        }

        var id = secondTopic[1..];
        Grow(ref _ids, _idLength + id.Length);
        prepared.IdStart = _idLength;
        prepared.IdLength = System.Text.Encoding.ASCII.GetChars(id, _ids.AsSpan(_idLength));
        _idLength += prepared.IdLength;
    }

    private void TakeSamples(MessageView message, int index, ref PreparedMessage prepared)
    {
        var storedAt = message.StoreTime * UnixTime.MicrosecondsPerMillisecond;
        var otherStart = _otherLength;
        var other = _decoded.OtherSignals;
        Grow(ref _other, _otherLength + other.Length);
        other.CopyTo(_other.AsSpan(_otherLength));
        _otherLength += other.Length;
        Grow(ref _rows, _rowCount + _decoded.SampleCount);
        var ahead = 0;
        var furthest = long.MinValue;
        var before = 0;
        var first = 0L;
        var old = 0;
        var oldest = long.MaxValue;
        foreach (ref readonly var sample in _decoded.Samples)
        {
            switch (TelemetryAcceptance.JudgeTime(sample.DeviceTime, storedAt, longestAge))
            {
                case RejectReason.TimeInFuture:
                    ahead++;
                    furthest = Math.Max(furthest, sample.DeviceTime);
                    continue;
                case RejectReason.TimeTooOld:
                    before++;
                    first = Math.Min(first, sample.DeviceTime);
                    continue;
                case RejectReason.OlderThanRetention:
                    old++;
                    oldest = Math.Min(oldest, sample.DeviceTime);
                    continue;
            }

            ref var row = ref _rows[_rowCount++];
            row.VehicleKey = 0;
            row.Time = sample.DeviceTime;
            row.StoredAt = storedAt;
            row.Values = sample.Values;
            row.OtherStart = otherStart + sample.OtherStart;
            row.OtherLength = sample.OtherLength;
        }

        prepared.RowCount = _rowCount - prepared.RowStart;
        if (ahead > 0)
        {
            RejectTimes(index, message, RejectReason.TimeInFuture, ahead, $"time {Describe(furthest)} is more than 24 h ahead of the store time {Describe(storedAt)}.");
        }

        if (before > 0)
        {
            RejectTimes(index, message, RejectReason.TimeTooOld, before, $"time {Describe(first)} is before 1970-01-01.");
        }

        if (old > 0)
        {
            RejectTimes(index, message, RejectReason.OlderThanRetention, old, $"time {Describe(oldest)} is more than {longestAge!.Value.TotalDays} days (Telematics:Retention:MinuteRollupDays) before the store time {Describe(storedAt)}.");
        }
    }

    private void RejectTimes(int index, MessageView message, RejectReason reason, int count, string problem) =>
        Rejections.Add(new PreparedRejection(index, reason, $"{count} of {_decoded.SampleCount} samples: {problem}", 0, message.Body.Length));

    /// <summary>A device time can be any number, also one that no calendar has.</summary>
    private static string Describe(long microseconds) =>
        microseconds is >= -62_135_596_800_000_000 and <= 253_402_300_799_999_999
            ? UnixTime.ToDateTime(microseconds).ToString("O", System.Globalization.CultureInfo.InvariantCulture)
            : $"{microseconds} µs";

    private static void Grow<TItem>(ref TItem[] array, int length)
    {
        if (array.Length < length)
        {
            Array.Resize(ref array, Math.Max(length, array.Length * 2));
        }
    }
}
