using Telematics.RocketMQ.Remoting;

namespace Telematics.RocketMQ.Reading;

/// <summary>A broker's answer to a pull, with the records that it brought and how far they have been read.</summary>
internal sealed class PulledAnswer(RemotingResponse response, string address, long offset, int maxMessages) : IDisposable
{
    private int _position;

    /// <summary>Who answered.</summary>
    public string Address => address;

    /// <summary>The offset that was asked for.</summary>
    public long Offset => offset;

    /// <summary>No more than one message was asked for.</summary>
    public bool IsSingle => maxMessages == 1;

    /// <summary>Since the answer before, the broker's store was exchanged: its offsets are others than those that were read.</summary>
    public bool IsOfOtherStore { get; set; }

    public ResponseCode Code => response.Code;

    public string? Remark => response.Remark;

    /// <summary>Where to pull next.</summary>
    public long NextOffset { get; } = HasOffsets(response.Code) ? response.GetInt64("nextBeginOffset") : offset;

    /// <summary>The first offset that the broker still has.</summary>
    public long MinOffset { get; } = HasOffsets(response.Code) ? response.GetInt64("minOffset") : 0;

    /// <summary>The queue's end when the broker answered.</summary>
    public long MaxOffset { get; } = HasOffsets(response.Code) ? response.GetInt64("maxOffset") : 0;

    /// <summary>Which of the broker's instances to ask next; 0 is the master.</summary>
    public long SuggestedBrokerId { get; } = HasOffsets(response.Code) && response.TryGetField("suggestWhichBrokerId", out _) ? response.GetInt64("suggestWhichBrokerId") : 0;

    /// <summary>Whether the answer says what the queue holds.</summary>
    public bool TellsOffsets => HasOffsets(response.Code);

    /// <summary>Bytes of its records.</summary>
    public int Length => response.Body.Length;

    /// <summary>Nothing of it has been read yet.</summary>
    public bool IsWhole => _position == 0;

    /// <summary>What has not been read yet.</summary>
    public ReadOnlySpan<byte> Rest => response.Body.Span[_position..];

    /// <summary>Steps over a record that was read.</summary>
    public void Advance(int size) => _position += size;

    public void Dispose() => response.Dispose();

    private static bool HasOffsets(ResponseCode code) =>
        code is ResponseCode.Success or ResponseCode.PullNotFound or ResponseCode.PullRetryImmediately or ResponseCode.PullOffsetMoved;
}
