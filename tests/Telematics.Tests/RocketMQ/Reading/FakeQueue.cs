using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Telematics.Messaging;
using Telematics.RocketMQ;
using Telematics.RocketMQ.Reading;
using Telematics.RocketMQ.Remoting;
using Telematics.Tests.RocketMQ.Records;

namespace Telematics.Tests.RocketMQ.Reading;

/// <summary>
/// A queue on a <see cref="FakePeer"/> that is name server and broker at once: it answers pulls from records in memory and holds
/// them as a broker does, unless the test says otherwise.
/// </summary>
internal sealed class FakeQueue : IAsyncDisposable
{
    public const string Topic = "t";
    public const string Broker = "broker-a";

    private readonly Lock _gate = new();
    private readonly List<(long Offset, byte[] Record)> _records = [];
    private readonly List<FakeRequest> _held = [];

    public FakeQueue(RocketMQOptions? options = null)
    {
        Peer = new FakePeer();
        Peer.ServeRoute(Topic, 1, (Broker, Peer.Address));
        Peer.On(RequestCode.PullMessage, request => Script?.Invoke(request) ?? Pull(request));
        Peer.On(RequestCode.GetMaxOffset, _ => FakeAnswer.Success.With("offset", End));
        options ??= new RocketMQOptions();
        options.NameServers = Peer.Address;
        Harness = new RemotingHarness(options);
        Context = new ReadingContext(Harness.Client, Harness.Routes, options, Harness.Time, NullLogger.Instance, new ReadingMetrics(Harness.MeterFactory));
    }

    public static MessageQueue Queue { get; } = new(Topic, Broker, 0, 0);

    public FakePeer Peer { get; }

    public RemotingHarness Harness { get; }

    public ReadingContext Context { get; }

    /// <summary>Answers a pull instead of the queue; null: the queue does.</summary>
    public Func<FakeRequest, FakeAnswer?>? Script { get; set; }

    /// <summary>Records of one answer.</summary>
    public int MaxTransfer { get; set; } = 32;

    public long Begin { get; set; }

    public long End { get; set; }

    /// <summary>Pulls so far.</summary>
    public int PullCount => Peer.Received.Count(request => request.Request == RequestCode.PullMessage);

    public int HeldCount
    {
        get
        {
            lock (_gate)
            {
                return _held.Count;
            }
        }
    }

    public RocketMQQueueReader OpenReader(TagFilter? filter = null) => new(Queue, "g", filter ?? TagFilter.All, Context);

    /// <summary>Its broker lost its disk.</summary>
    public void Wipe()
    {
        lock (_gate)
        {
            _records.Clear();
            _held.Clear();
            (Begin, End) = (0, 0);
        }
    }

    public void Append(int count, string tag = "", int bodyLength = 0)
    {
        for (var i = 0; i < count; i++)
        {
            Append(new RecordBytes
            {
                Offset = End,
                Body = bodyLength == 0 ? System.Text.Encoding.UTF8.GetBytes($"{End}") : new byte[bodyLength],
                Properties = RecordBytes.PropertiesOf(("TAGS", tag), ("KEYS", "k")),
            });
        }
    }

    /// <summary>Appends a record and answers the pulls that are held.</summary>
    public void Append(RecordBytes record, int count = 1) => Append(record.Offset, record.ToArray(), count);

    public void Append(long offset, byte[] record, int count = 1)
    {
        FakeRequest[] held;
        lock (_gate)
        {
            _records.Add((offset, record));
            End = offset + count;
            held = [.. _held];
            _held.Clear();
        }

        foreach (var request in held)
        {
            _ = request.AnswerAsync(Pull(request)!);
        }
    }

    /// <summary>Answers the pulls that are held as a broker does whose hold is over.</summary>
    public void EndHolds()
    {
        lock (_gate)
        {
            foreach (var request in _held)
            {
                _ = request.AnswerAsync(Answer(ResponseCode.PullNotFound, Number(request, "queueOffset")));
            }

            _held.Clear();
        }
    }

    public FakeAnswer Answer(ResponseCode code, long nextOffset) =>
        new FakeAnswer(code).With("nextBeginOffset", nextOffset).With("minOffset", Begin).With("maxOffset", End).With("suggestWhichBrokerId", 0);

    public static long Number(FakeRequest request, string name) => long.Parse(request[name], CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        await Harness.DisposeAsync();
        await Peer.DisposeAsync();
    }

    private FakeAnswer? Pull(FakeRequest request)
    {
        lock (_gate)
        {
            var offset = Number(request, "queueOffset");
            if (offset < Begin || offset > End)
            {
                return Answer(ResponseCode.PullOffsetMoved, offset < Begin ? Begin : End);
            }

            if (offset == End)
            {
                if ((Number(request, "sysFlag") & 2) == 0)
                {
                    return Answer(ResponseCode.PullNotFound, offset);
                }

                _held.Add(request);
                return null;
            }

            var found = _records.Where(record => record.Offset >= Math.Max(offset, Begin)).Take((int)Math.Min(MaxTransfer, Math.Max(1, Number(request, "maxMsgNums")))).ToArray();
            var next = _records.Where(record => record.Offset > found[^1].Offset).Select(record => record.Offset).DefaultIfEmpty(End).First();
            return Answer(ResponseCode.Success, next) with { Body = [.. found.SelectMany(record => record.Record)] };
        }
    }
}
