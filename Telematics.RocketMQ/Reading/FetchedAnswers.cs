using Telematics.RocketMQ.Remoting;

namespace Telematics.RocketMQ.Reading;

/// <summary>
/// What one reader has pulled and not yet read, and the one pull that is under way. A held pull outlives the read that made it:
/// its answer is the next read's.
/// </summary>
internal sealed class FetchedAnswers(QueuePuller puller, ReadingContext context) : IDisposable
{
    private const int MostMessages = 4096;
    private const int AssumedMessageLength = 512;
    private readonly Queue<PulledAnswer> _answers = new();
    private CancellationTokenSource _pulling = new();
    private PulledAnswer? _newest;
    private Task<PulledAnswer>? _pull;
    private long _bytes;
    private int _messageLength = AssumedMessageLength;

    /// <summary>The next offset to be read.</summary>
    public long Position { get; set; } = -1;

    /// <summary>The queue's end as last heard.</summary>
    public long EndOffset { get; set; }

    /// <summary>Bytes of records that wait to be read.</summary>
    public long Bytes => _bytes;

    /// <summary>The pull under way; null: there is none.</summary>
    public Task<PulledAnswer>? Pull => _pull;

    /// <summary>The oldest answer that is not read to its end; null: there is none.</summary>
    public PulledAnswer? Head => _answers.TryPeek(out var answer) ? answer : null;

    /// <summary>Where the next pull begins.</summary>
    private long Tail => _answers.Count == 0 ? Position : _newest!.NextOffset;

    /// <summary>Messages that fit into what is left of the budget.</summary>
    private int RoomForMessages => (int)Math.Clamp((context.Options.PrefetchBytes - _bytes) / _messageLength, 1, MostMessages);

    /// <summary>Goes to another offset; what was fetched for where it stood is dropped.</summary>
    public void Seek(long offset)
    {
        DropPull();
        while (_answers.Count > 0)
        {
            DropHead();
        }

        Position = offset;
    }

    /// <summary>Begins the pull of what comes next, held by the broker for up to <paramref name="hold"/> when nothing is there.</summary>
    public Task<PulledAnswer> BeginPullAsync(TimeSpan hold, int maxMessages = MostMessages) =>
        _pull ??= puller.PullAsync(Tail, Math.Min(maxMessages, RoomForMessages), hold, _pulling.Token);

    /// <summary>Fetches ahead while the budget allows it and the broker is known to have more.</summary>
    public void FetchAhead()
    {
        if (_pull is { IsCompletedSuccessfully: true } && _pull.Result is { Code: ResponseCode.Success, IsOfOtherStore: false })
        {
            TakePull();
        }

        if (_pull is null && Tail < EndOffset && _bytes < context.Options.PrefetchBytes)
        {
            BeginPullAsync(context.Options.PullHold);
        }
    }

    /// <summary>Takes the answer of the finished pull; one with records is kept as the newest, and any other, or one of another store, is the caller's to dispose.</summary>
    /// <exception cref="RemotingException">The pull failed.</exception>
    public PulledAnswer TakePull()
    {
        var pull = _pull!;
        _pull = null;
        var answer = pull.GetAwaiter().GetResult();
        if (answer.IsOfOtherStore)
        {
            return answer;
        }

        if (answer.Code is ResponseCode.Success or ResponseCode.PullNotFound or ResponseCode.PullRetryImmediately)
        {
            EndOffset = Math.Max(answer.MaxOffset, answer.NextOffset);
        }

        if (answer.Code == ResponseCode.Success)
        {
            _answers.Enqueue(answer);
            _newest = answer;
            _bytes += answer.Length;
            context.Metrics.FetchedAhead(answer.Length);
            _messageLength = (int)Math.Clamp(answer.Length / Math.Max(1, answer.NextOffset - answer.Offset), 100, 1 << 20);
        }

        return answer;
    }

    /// <summary>Gives up the pull that is under way.</summary>
    public void DropPull()
    {
        if (_pull is not { } pull)
        {
            return;
        }

        _pull = null;
        _pulling.Cancel();
        _pulling.Dispose();
        _pulling = new CancellationTokenSource();

        // The answer may have come at the same moment.
        _ = pull.ContinueWith(
            static pull =>
            {
                if (pull.IsCompletedSuccessfully)
                {
                    pull.Result.Dispose();
                }
                else
                {
                    _ = pull.Exception; // nobody waits for it
                }
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    /// <summary>Gives back the oldest answer.</summary>
    public void DropHead()
    {
        var head = _answers.Dequeue();
        _bytes -= head.Length;
        context.Metrics.FetchedAhead(-head.Length);
        head.Dispose();
    }

    public void Dispose()
    {
        Seek(-1);
        _pulling.Dispose();
    }
}
