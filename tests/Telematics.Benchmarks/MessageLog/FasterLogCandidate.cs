using FASTER.core;

namespace Telematics.Benchmarks.MessageLog;

/// <summary>Microsoft.FASTER.Core's FasterLog: one log for all queues, a commit a group, a checksum per entry.</summary>
internal sealed class FasterLogCandidate : ILogCandidate
{
    private const int Queues = 8;
    private readonly IDevice _device;
    private readonly FasterLog _log;
    private readonly byte[] _entry;

    public FasterLogCandidate(string directory, int bodyLength)
    {
        _entry = new byte[bodyLength + 24];
        _device = Devices.CreateLogDevice(Path.Combine(directory, "faster.log"));
        _log = new FasterLog(new FasterLogSettings
        {
            LogDevice = _device,
            LogCommitDir = directory,
            LogChecksum = LogChecksumType.PerEntry,
            FastCommitMode = true,
            PageSizeBits = 20,
            MemorySizeBits = 25,
            SegmentSizeBits = 28,
        });
    }

    public string Name => "FasterLog (fast commit)";

    public void Append(int messages)
    {
        for (var i = 0; i < messages; i++)
        {
            _entry[0] = (byte)(i % Queues);
            _log.Enqueue(_entry.AsSpan());
        }

        _log.Commit(spinWait: true);
    }

    public long ReadBack()
    {
        // Every queue is read by somebody of its own; without an index each reader passes over the other queues' entries.
        using var scan = _log.Scan(_log.BeginAddress, _log.CommittedUntilAddress);
        var messages = 0L;
        while (true)
        {
            while (scan.GetNext(System.Buffers.MemoryPool<byte>.Shared, out var owner, out _, out _, out _))
            {
                owner.Dispose();
                messages++;
            }

            if (scan.NextAddress >= _log.CommittedUntilAddress || !scan.WaitAsync().AsTask().GetAwaiter().GetResult())
            {
                return messages;
            }
        }
    }

    public void Dispose()
    {
        _log.Dispose();
        _device.Dispose();
    }
}
