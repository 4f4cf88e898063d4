using SQLitePCL;
using static SQLitePCL.raw;

namespace Telematics.Benchmarks.MessageLog;

/// <summary>
/// SQLite with a write-ahead log: one table a queue, one transaction a group; a row holds one message, or (blocks) all
/// messages that the group has for the queue.
/// </summary>
internal sealed class SqliteCandidate : ILogCandidate
{
    private const int Queues = 8;
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _begin;
    private readonly sqlite3_stmt _commit;
    private readonly sqlite3_stmt[] _inserts = new sqlite3_stmt[Queues];
    private readonly long[] _next = new long[Queues];
    private readonly byte[] _group;
    private readonly byte[] _body;
    private readonly bool _blocks;
    private readonly string _path;
    private int _turn;

    public SqliteCandidate(string directory, int bodyLength, bool blocks, int pageSize, string synchronous)
    {
        Batteries_V2.Init();
        _blocks = blocks;
        _body = new byte[bodyLength];
        _group = new byte[(bodyLength + 24) * 4096];
        _path = Path.Combine(directory, "log.db");
        Name = $"SQLite {(blocks ? "blocks" : "rows")}, page {pageSize}, synchronous={synchronous}";
        _database = Open();
        Execute($"PRAGMA page_size={pageSize}");
        Execute("PRAGMA journal_mode=WAL");
        Execute($"PRAGMA synchronous={synchronous}");
        Execute($"PRAGMA wal_autocheckpoint={8 * 1024 * 1024 / pageSize}");
        Execute("PRAGMA cache_size=-4000");
        for (var queue = 0; queue < Queues; queue++)
        {
            Execute($"CREATE TABLE block_{queue}(first_offset INTEGER PRIMARY KEY, count INTEGER, store_time INTEGER, data BLOB)");
            _inserts[queue] = Prepare(_database, $"INSERT INTO block_{queue} VALUES(?,?,?,?)");
        }

        _begin = Prepare(_database, "BEGIN IMMEDIATE");
        _commit = Prepare(_database, "COMMIT");
    }

    public string Name { get; }

    public void Append(int messages)
    {
        Step(_begin);
        var used = Math.Min(messages, Queues);
        for (var i = 0; i < used; i++)
        {
            var queue = (_turn + i) % Queues;
            var count = (messages / used) + (i < messages % used ? 1 : 0);
            if (_blocks)
            {
                var length = 0;
                for (var m = 0; m < count; m++)
                {
                    BitConverter.TryWriteBytes(_group.AsSpan(length), _body.Length);
                    _body.CopyTo(_group.AsSpan(length + 24));
                    length += 24 + _body.Length;
                }

                Insert(queue, count, _group.AsSpan(0, length));
            }
            else
            {
                for (var m = 0; m < count; m++)
                {
                    Insert(queue, 1, _group.AsSpan(0, 24 + _body.Length));
                }
            }
        }

        _turn++;
        Step(_commit);
    }

    public long ReadBack()
    {
        using var reader = Open();
        var messages = 0L;
        for (var queue = 0; queue < Queues; queue++)
        {
            using var statement = Prepare(reader, $"SELECT first_offset, count, data FROM block_{queue} WHERE first_offset >= ? ORDER BY first_offset");
            var offset = 0L;
            var seen = 1;
            while (seen > 0)
            {
                // One read as the port's reader does it: up to 256 messages from an offset on.
                seen = 0;
                sqlite3_bind_int64(statement, 1, offset);
                while (seen < 256 && sqlite3_step(statement) == SQLITE_ROW)
                {
                    var count = sqlite3_column_int(statement, 1);
                    sqlite3_column_blob(statement, 2).CopyTo(_group);
                    offset = sqlite3_column_int64(statement, 0) + count;
                    seen += count;
                }

                sqlite3_reset(statement);
                messages += seen;
            }
        }

        return messages;
    }

    public void Dispose()
    {
        _begin.Dispose();
        _commit.Dispose();
        foreach (var insert in _inserts)
        {
            insert.Dispose();
        }

        _database.Dispose();
    }

    private void Insert(int queue, int count, ReadOnlySpan<byte> data)
    {
        var insert = _inserts[queue];
        sqlite3_bind_int64(insert, 1, _next[queue]);
        sqlite3_bind_int(insert, 2, count);
        sqlite3_bind_int64(insert, 3, 1);
        sqlite3_bind_blob(insert, 4, data);
        Step(insert);
        _next[queue] += count;
    }

    private sqlite3 Open()
    {
        Check(null, sqlite3_open_v2(_path, out var database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, null));
        return database;
    }

    private static sqlite3_stmt Prepare(sqlite3 database, string sql)
    {
        Check(database, sqlite3_prepare_v3(database, sql, SQLITE_PREPARE_PERSISTENT, out var statement));
        return statement;
    }

    private void Execute(string sql) => Check(_database, sqlite3_exec(_database, sql));

    private void Step(sqlite3_stmt statement)
    {
        var result = sqlite3_step(statement);
        if (result is not (SQLITE_DONE or SQLITE_ROW))
        {
            Check(_database, result);
        }

        sqlite3_reset(statement);
    }

    private static void Check(sqlite3? database, int result)
    {
        if (result != SQLITE_OK)
        {
            throw new InvalidOperationException(database is null ? $"SQLite {result}" : sqlite3_errmsg(database).utf8_to_string());
        }
    }
}
