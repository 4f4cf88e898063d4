using System.Globalization;

namespace Telematics.Messaging.Embedded;

/// <summary>
/// What outlives the segments: the log's identity, the topics with their queues, and for each queue an offset below
/// which its end never falls. While it is open no other process can open the folder.
/// </summary>
internal sealed class Catalogue : IDisposable
{
    private const int Format = 1;
    private const string FileName = "catalogue.db";
    private readonly Lock _gate = new();
    private readonly SqliteDatabase _database;
    private SqliteStatement? _raise;

    public Catalogue(string directory, long now)
    {
        var path = Path.Combine(directory, FileName);
        if (!File.Exists(path) && Directory.EnumerateFiles(directory, Segment.FilePattern).Any())
        {
            throw new MessageLogException($"Message log {directory}: {FileName} is missing, but there are segments. Put the file back, or move the segments away to begin an empty log.");
        }

        _database = new SqliteDatabase(path, busyMilliseconds: 0);
        try
        {
            Open(directory, now);
        }
        catch (SqliteException locked) when (locked.IsLocked)
        {
            _database.Dispose();
            throw new MessageLogException($"Message log {directory}: it is open in another process.", locked);
        }
        catch
        {
            _database.Dispose();
            throw;
        }
    }

    public string Identity { get; private set; } = "";

    /// <summary>All queues of all topics, in the order of their numbers.</summary>
    public List<CatalogueQueue> ReadQueues()
    {
        lock (_gate)
        {
            var queues = new List<CatalogueQueue>();
            var statement = _database.Prepare("SELECT number, topic, queue_index, floor FROM queue ORDER BY number");
            while (statement.Step())
            {
                queues.Add(new CatalogueQueue((int)statement.Int64(0), statement.Text(1), (int)statement.Int64(2), statement.Int64(3)));
            }

            statement.Reset();
            return queues;
        }
    }

    /// <summary>Makes a topic's queues and answers their numbers.</summary>
    public List<CatalogueQueue> AddTopic(string topic, int queues)
    {
        lock (_gate)
        {
            var added = new List<CatalogueQueue>();
            var insert = _database.Prepare("INSERT INTO queue(topic, queue_index, floor) VALUES(?, ?, 0) RETURNING number");
            InTransaction(() =>
            {
                for (var index = 0; index < queues; index++)
                {
                    insert.Bind(1, topic);
                    insert.Bind(2, index);
                    insert.Step();
                    added.Add(new CatalogueQueue((int)insert.Int64(0), topic, index, 0));
                    insert.Reset();
                }
            });
            return added;
        }
    }

    /// <summary>Raises the floors; a lower one than is stored changes nothing.</summary>
    public void RaiseFloors(IEnumerable<KeyValuePair<int, long>> floors)
    {
        lock (_gate)
        {
            var update = _raise ??= _database.Prepare("UPDATE queue SET floor = ?2 WHERE number = ?1 AND floor < ?2");
            InTransaction(() =>
            {
                foreach (var (number, floor) in floors)
                {
                    update.Bind(1, number);
                    update.Bind(2, floor);
                    update.Run();
                }
            });
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _database.Dispose();
        }
    }

    private void Open(string directory, long now)
    {
        _database.Execute("PRAGMA locking_mode=EXCLUSIVE");
        _database.Execute("PRAGMA synchronous=FULL");
        _database.Execute("BEGIN EXCLUSIVE");
        var format = _database.Scalar("PRAGMA user_version") ?? 0;
        if (format > Format)
        {
            throw new MessageLogException($"Message log {directory}: it has format {format}, this program knows formats up to {Format}. Use the newer program.");
        }

        if (format == 0)
        {
            _database.Execute("CREATE TABLE setting(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID");
            _database.Execute("CREATE TABLE queue(number INTEGER PRIMARY KEY, topic TEXT NOT NULL, queue_index INTEGER NOT NULL, floor INTEGER NOT NULL, UNIQUE(topic, queue_index))");
            _database.Execute($"INSERT INTO setting VALUES('identity', '{Guid.NewGuid():N}'), ('made', '{now.ToString(CultureInfo.InvariantCulture)}')");
            _database.Execute($"PRAGMA user_version={Format}");
        }

        _database.Execute("COMMIT");
        var identity = _database.Prepare("SELECT value FROM setting WHERE name = 'identity'");
        Identity = identity.Step() ? identity.Text(0) : throw new MessageLogException($"Message log {directory}: {FileName} holds no identity.");
        identity.Reset();
    }

    private void InTransaction(Action work)
    {
        _database.Execute("BEGIN IMMEDIATE");
        try
        {
            work();
            _database.Execute("COMMIT");
        }
        catch when (_database.InTransaction)
        {
            _database.Execute("ROLLBACK");
            throw;
        }
    }
}

/// <summary>A queue as the catalogue has it.</summary>
/// <param name="Number">Its lasting number in this log.</param>
/// <param name="Topic">The topic.</param>
/// <param name="Index">Its place among the topic's queues.</param>
/// <param name="Floor">The end is never below this offset.</param>
internal readonly record struct CatalogueQueue(int Number, string Topic, int Index, long Floor);
