using System.Collections.Concurrent;
using System.Globalization;

namespace Telematics.Messaging.Embedded;

/// <summary>
/// One file with a stretch of all queues. Retention removes whole segments. Readers borrow a connection; the file goes
/// when the last of them has given it back.
/// </summary>
internal sealed class Segment(string directory, int id)
{
    public const string FilePattern = "segment-*.db";
    private const int KeptReaders = 4;
    private readonly ConcurrentQueue<SegmentReader> _readers = new();
    private int _users = 1;
    private int _reads;
    private bool _deleteFiles;

    public int Id { get; } = id;

    public string Path { get; } = System.IO.Path.Combine(directory, $"segment-{id:D8}.db");

    public ConcurrentDictionary<int, QueueSpan> Spans { get; } = new();

    /// <summary>True when it is no longer written to.</summary>
    public bool IsSealed { get; set; }

    /// <summary>Store time of the first message in it, or 0 while it is empty.</summary>
    public long FirstStoreTime { get; set; }

    /// <summary>Store time of the last message in it.</summary>
    public long LastStoreTime { get; set; }

    /// <summary>What it takes on disk, write-ahead log included.</summary>
    public long BytesOnDisk => LengthOf(Path) + LengthOf(Path + "-wal");

    /// <summary>Messages in it.</summary>
    public long Messages => Spans.Values.Sum(span => span.End - span.First);

    public static int IdOf(string path) =>
        int.Parse(System.IO.Path.GetFileNameWithoutExtension(path).AsSpan("segment-".Length), NumberStyles.None, CultureInfo.InvariantCulture);

    /// <summary>How long ago its first message was stored.</summary>
    public TimeSpan AgeAt(long now) => FirstStoreTime == 0 ? TimeSpan.Zero : TimeSpan.FromMilliseconds(now - FirstStoreTime);

    /// <summary>Notes messages that the writer has stored.</summary>
    public void Extend(int queue, long first, long end, long storeTime)
    {
        if (Spans.TryGetValue(queue, out var span))
        {
            span.End = end;
        }
        else
        {
            Spans[queue] = new QueueSpan(first, end);
        }

        FirstStoreTime = FirstStoreTime == 0 ? storeTime : FirstStoreTime;
        LastStoreTime = storeTime;
    }

    /// <summary>Keeps the file for a reader; false when it is gone.</summary>
    public bool TryAcquire()
    {
        var users = Volatile.Read(ref _users);
        while (users > 0)
        {
            var seen = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (seen == users)
            {
                return true;
            }

            users = seen;
        }

        return false;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            CloseReaders();
            if (Volatile.Read(ref _deleteFiles))
            {
                File.Delete(Path);
                File.Delete(Path + "-wal");
                File.Delete(Path + "-shm");
            }
        }
    }

    /// <summary>Gives up the log's own hold.</summary>
    public void Retire(bool deleteFiles)
    {
        Volatile.Write(ref _deleteFiles, deleteFiles);
        Release();
    }

    /// <summary>A connection for one read; between <see cref="TryAcquire"/> and <see cref="Release"/>.</summary>
    public SegmentReader RentReader()
    {
        Interlocked.Increment(ref _reads);
        return _readers.TryDequeue(out var reader) ? reader : new SegmentReader(Path);
    }

    public void ReturnReader(SegmentReader reader)
    {
        if (_readers.Count < KeptReaders)
        {
            _readers.Enqueue(reader);
        }
        else
        {
            reader.Dispose();
        }
    }

    /// <summary>Closes the connections of a segment that nobody has read since the last call.</summary>
    public void CloseIdleReaders()
    {
        if (Interlocked.Exchange(ref _reads, 0) == 0)
        {
            CloseReaders();
        }
    }

    private void CloseReaders()
    {
        while (_readers.TryDequeue(out var reader))
        {
            reader.Dispose();
        }
    }

    private static long LengthOf(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? file.Length : 0;
    }
}
