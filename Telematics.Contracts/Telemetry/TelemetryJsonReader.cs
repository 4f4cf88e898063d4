using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Telematics.Contracts.Telemetry;

/// <summary>Decodes the JSON form without an allocation per signal; strings are made only for what is rejected.</summary>
internal ref struct TelemetryJsonReader
{
    private const string KeysText = "signals are VSS paths such as Vehicle.Speed; the other keys are time, and for the message boot, seq, samples";

    private readonly ReadOnlySpan<byte> _body;
    private readonly int _bodyOffset;
    private readonly DecodedTelemetry _target;
    private Utf8JsonReader _json;
    private SampleState _sample;
    private long? _boot;
    private long? _seq;
    private bool _onlySampleFailed;

    private TelemetryJsonReader(ReadOnlySpan<byte> body, int bodyOffset, DecodedTelemetry target)
    {
        _body = body;
        _bodyOffset = bodyOffset;
        _target = target;
        _json = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = TelemetryLimits.MaxDepth });
    }

    /// <summary>Decodes one message into a target that is clear.</summary>
    public static DecodeResult Decode(ReadOnlySpan<byte> body, DecodedTelemetry target)
    {
        if (!Utf8.IsValid(body))
        {
            return new DecodeResult(RejectReason.Undecodable, "the body is not UTF-8");
        }

        var bodyOffset = body.StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
        var reader = new TelemetryJsonReader(body[bodyOffset..], bodyOffset, target);
        DecodeResult result;
        try
        {
            result = reader.ReadMessage();
        }
        catch (JsonException e)
        {
            target.Clear();
            return new DecodeResult(RejectReason.Undecodable, $"not JSON: {e.Message}");
        }

        if (result.Reason != RejectReason.None)
        {
            target.Clear();
        }

        if (reader._boot is { } boot && reader._seq is { } seq && (result.Reason == RejectReason.None || reader._onlySampleFailed))
        {
            target.HasSequence = true;
            target.Boot = boot;
            target.Seq = seq;
        }

        return result;
    }

    private DecodeResult ReadMessage()
    {
        if (!_json.Read() || _json.TokenType != JsonTokenType.StartObject)
        {
            return Undecodable("a telemetry message is a JSON object");
        }

        var seen = MessageKeys.None;
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            var key = ReadKey();
            var messageKey = key switch
            {
                _ when key.SequenceEqual("boot"u8) => MessageKeys.Boot,
                _ when key.SequenceEqual("seq"u8) => MessageKeys.Seq,
                _ when key.SequenceEqual("samples"u8) => MessageKeys.Samples,
                _ => MessageKeys.Sample,
            };
            if (messageKey != MessageKeys.Sample && (seen & messageKey) != 0)
            {
                return Undecodable($"{SignalChecks.Quote(key)} comes twice");
            }

            if ((messageKey == MessageKeys.Samples && (seen & MessageKeys.Sample) != 0) || (messageKey == MessageKeys.Sample && (seen & MessageKeys.Samples) != 0))
            {
                return Undecodable($"{SignalChecks.Quote(key)}: a message has either samples, or one sample's time and signals of its own");
            }

            var result = messageKey switch
            {
                MessageKeys.Boot => ReadCounter("boot", ref _boot),
                MessageKeys.Seq => ReadCounter("seq", ref _seq),
                MessageKeys.Samples => ReadSamples(),
                _ => ReadOnlySampleKey(key, isFirst: (seen & MessageKeys.Sample) == 0),
            };
            if (result.Reason != RejectReason.None)
            {
                return result;
            }

            seen |= messageKey;
        }

        _json.Read(); // throws if anything but white space follows
        if (_boot.HasValue != _seq.HasValue)
        {
            return Undecodable(_boot.HasValue ? "boot without seq: they come together or not at all" : "seq without boot: they come together or not at all");
        }

        if ((seen & MessageKeys.Samples) != 0)
        {
            return DecodeResult.Decoded;
        }

        if ((seen & MessageKeys.Sample) == 0)
        {
            BeginSample();
        }

        _onlySampleFailed = !EndSample();
        return _onlySampleFailed ? new DecodeResult(_sample.Reason, _sample.Detail) : DecodeResult.Decoded;
    }

    private DecodeResult ReadOnlySampleKey(ReadOnlySpan<byte> key, bool isFirst)
    {
        if (isFirst)
        {
            BeginSample();
        }

        ReadSampleKey(key);
        return DecodeResult.Decoded;
    }

    private DecodeResult ReadCounter(string name, ref long? counter)
    {
        _json.Read();
        if (_json.TokenType == JsonTokenType.Null)
        {
            return DecodeResult.Decoded;
        }

        if (_json.TokenType != JsonTokenType.Number || !_json.TryGetInt64(out var value) || value < 0)
        {
            return new DecodeResult(RejectReason.ValueOutOfRange, $"{name}: {QuoteValue()} is not an integer from 0 to {long.MaxValue}");
        }

        counter = value;
        return DecodeResult.Decoded;
    }

    private DecodeResult ReadSamples()
    {
        _json.Read();
        if (_json.TokenType != JsonTokenType.StartArray)
        {
            return Undecodable("samples is not a list");
        }

        for (var index = 0; _json.Read() && _json.TokenType != JsonTokenType.EndArray; index++)
        {
            if (index == TelemetryLimits.MaxSamples)
            {
                return new DecodeResult(RejectReason.TooMany, $"more than {TelemetryLimits.MaxSamples} samples in one message");
            }

            var start = (int)_json.TokenStartIndex;
            BeginSample();
            if (_json.TokenType == JsonTokenType.StartObject)
            {
                while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
                {
                    ReadSampleKey(ReadKey());
                }
            }
            else
            {
                _sample.Fail(RejectReason.Undecodable, "a sample is a JSON object");
                _json.Skip();
            }

            if (!EndSample())
            {
                _target.AddFailure(new SampleFailure(index, _sample.Reason, _sample.Detail, _bodyOffset + start, (int)_json.BytesConsumed - start));
            }
        }

        return DecodeResult.Decoded;
    }

    private void BeginSample()
    {
        _sample = new SampleState { OtherStart = _target.OtherLength };
        _target.AddSample();
        _target.Paths.Clear();
    }

    // True when the sample stands; a failed one leaves nothing behind.
    private bool EndSample()
    {
        if (_sample.Reason == RejectReason.None && !_sample.HasTime)
        {
            _sample.Fail(RejectReason.TimeMissing, "a sample without time");
        }

        if (_sample.Reason != RejectReason.None)
        {
            _target.RemoveLastSample(_sample.OtherStart);
            return false;
        }

        if (_target.OtherLength > _sample.OtherStart)
        {
            _target.AppendOther("}"u8);
            _target.LastSample.OtherStart = _sample.OtherStart;
            _target.LastSample.OtherLength = _target.OtherLength - _sample.OtherStart;
        }

        return true;
    }

    // Afterwards the reader stands on the value's last token, whatever became of it.
    private void ReadSampleKey(ReadOnlySpan<byte> key)
    {
        _json.Read();
        if (_sample.Reason != RejectReason.None)
        {
            _json.Skip();
            return;
        }

        if (key.SequenceEqual("time"u8))
        {
            ReadTime();
        }
        else if (++_sample.Signals > TelemetryLimits.MaxSignals)
        {
            _sample.Fail(RejectReason.TooMany, $"more than {TelemetryLimits.MaxSignals} signals in one sample");
        }
        else if (SignalPaths.Find(key) is >= 0 and var index)
        {
            ReadSignal(SignalCatalogue.Signals[index]);
        }
        else if (SignalPaths.IsPath(key))
        {
            ReadOther(key);
            return;
        }
        else
        {
            _sample.Fail(RejectReason.Undecodable, $"unknown key {SignalChecks.Quote(key)}: {KeysText}");
        }

        _json.Skip();
    }

    private void ReadTime()
    {
        if (_sample.TimeSeen)
        {
            _sample.Fail(RejectReason.Undecodable, "time comes twice");
            return;
        }

        _sample.TimeSeen = true;
        if (_json.TokenType == JsonTokenType.Null)
        {
            return;
        }

        if (_json.TokenType == JsonTokenType.String && Rfc3339.TryParse(ReadText(), out var time))
        {
            _target.LastSample.DeviceTime = time;
            _sample.HasTime = true;
            return;
        }

        _sample.Fail(RejectReason.ValueOutOfRange, $"time: {QuoteValue()} is not a time of RFC 3339 such as 2026-11-24T15:04:05.123Z");
    }

    private void ReadSignal(Signal signal)
    {
        if ((_sample.Seen & (1u << signal.Index)) != 0)
        {
            _sample.Fail(RejectReason.Undecodable, $"{signal.Path} comes twice");
            return;
        }

        _sample.Seen |= 1u << signal.Index;
        if (_json.TokenType == JsonTokenType.Null)
        {
            return;
        }

        double value;
        switch (signal.Type)
        {
            case SignalType.Boolean when _json.TokenType is JsonTokenType.True or JsonTokenType.False:
                value = _json.TokenType == JsonTokenType.True ? 1 : 0;
                break;
            case SignalType.Label when _json.TokenType == JsonTokenType.String && FindLabel(signal) is >= 0 and var code:
                value = code;
                break;
            case not (SignalType.Boolean or SignalType.Label) when _json.TokenType == JsonTokenType.Number && _json.TryGetDouble(out value):
                if (SignalChecks.Check(signal, value) is { } wrong)
                {
                    _sample.Fail(RejectReason.ValueOutOfRange, wrong);
                    return;
                }

                break;
            default:
                _sample.Fail(RejectReason.ValueOutOfRange, SignalChecks.OutOfRange(signal, QuoteValue()));
                return;
        }

        _target.LastSample.Values[signal.Index] = value;
    }

    private int FindLabel(Signal signal)
    {
        for (var code = 0; code < signal.Labels.Count; code++)
        {
            if (_json.ValueTextEquals(signal.Labels[code]))
            {
                return code;
            }
        }

        return -1;
    }

    // A signal without a column: its value is kept as it was written.
    private void ReadOther(ReadOnlySpan<byte> path)
    {
        if (!_target.Paths.Add(path))
        {
            _sample.Fail(RejectReason.Undecodable, $"{SignalChecks.Quote(path)} comes twice");
            _json.Skip();
            return;
        }

        if (_json.TokenType == JsonTokenType.Null)
        {
            return;
        }

        _target.AppendOther(_target.OtherLength == _sample.OtherStart ? "{\""u8 : ",\""u8);
        _target.AppendOther(path);
        _target.AppendOther("\":"u8);

        var start = (int)_json.TokenStartIndex;
        var wrong = OtherSignalRules.Walk(ref _json);
        if (wrong is null)
        {
            _target.AppendOther(_body[start..(int)_json.BytesConsumed]);
        }
        else
        {
            _sample.Fail(RejectReason.ValueOutOfRange, $"{SignalChecks.Quote(path)}: {wrong}");
        }
    }

    private ReadOnlySpan<byte> ReadKey() => ReadText();

    // Good until the next call. Text with escapes that are no characters, or too long to be anything of ours, is answered as it stands.
    private readonly ReadOnlySpan<byte> ReadText()
    {
        if (!_json.ValueIsEscaped || _json.ValueSpan.Length > _target.Scratch.Length)
        {
            return _json.ValueSpan;
        }

        try
        {
            return _target.Scratch.AsSpan(0, _json.CopyString(_target.Scratch));
        }
        catch (InvalidOperationException)
        {
            return _json.ValueSpan; // half a surrogate pair; the backslash makes it neither a path nor a time
        }
    }

    private readonly string QuoteValue() => _json.TokenType switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "a list",
        JsonTokenType.String => $"\"{SignalChecks.Quote(_json.ValueSpan)}\"",
        _ => SignalChecks.Quote(_json.ValueSpan),
    };

    private static DecodeResult Undecodable(string detail) => new(RejectReason.Undecodable, detail);

    [Flags]
    private enum MessageKeys
    {
        None = 0,
        Boot = 1,
        Seq = 2,
        Samples = 4,
        Sample = 8,
    }

    private struct SampleState
    {
        public int OtherStart;
        public int Signals;
        public uint Seen;
        public bool TimeSeen;
        public bool HasTime;
        public RejectReason Reason;
        public string Detail;

        public void Fail(RejectReason reason, string detail)
        {
            Reason = reason;
            Detail = detail;
        }
    }
}
