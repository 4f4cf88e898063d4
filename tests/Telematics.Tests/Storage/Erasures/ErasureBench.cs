using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Telematics.Contracts.Telemetry;
using Telematics.Storage;
using Telematics.Storage.Erasures;
using Telematics.Storage.Model;
using Telematics.Storage.Registry;
using Xunit;

namespace Telematics.Tests.Storage.Erasures;

/// <summary>A database with vehicles that have rows in every table.</summary>
public sealed class ErasureBench : IAsyncDisposable
{
    public static readonly DateTime Start = new(2026, 11, 24, 12, 0, 0, DateTimeKind.Utc);

    /// <summary>Every table that has rows of a vehicle, and which.</summary>
    private static readonly (string Table, string Condition)[] Tables =
    [
        ("telemetry", "vehicle_key = @key"),
        ("telemetry_1m", "vehicle_key = @key"),
        ("telemetry_1h", "vehicle_key = @key"),
        ("telemetry_late_hour", "vehicle_key = @key"),
        ("telemetry_rejected", "vehicle_id = @id OR client_id = @id"),
        ("vehicle_latest", "vehicle_key = @key"),
        ("vehicle_connection", "client_id = @id"),
        ("vehicle_credential", "vehicle_key = @key"),
        ("command_execution", "vehicle_key = @key"),
        ("command_event", "vehicle_key = @key"),
        ("command", "target LIKE @name"),
        ("vehicle", "id = @key AND (name IS NOT NULL OR vin IS NOT NULL OR brand IS NOT NULL OR model IS NOT NULL OR attributes IS NOT NULL)"),
    ];

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly ITelemetryStore _store;
    private readonly StorageMetrics _metrics;
    private int _command;

    public ErasureBench(ITelematicsDatabase database, ITelemetryStore store)
    {
        Database = database;
        _store = store;
        _metrics = new StorageMetrics(_services.GetRequiredService<IMeterFactory>());
        Registry = new VehicleRegistry(database, TimeProvider.System, NullLogger<VehicleRegistry>.Instance);
        Erasures = new VehicleErasures(database);
    }

    public ITelematicsDatabase Database { get; }

    public VehicleRegistry Registry { get; }

    public VehicleErasures Erasures { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Registers a vehicle and gives it rows everywhere but in the commands.</summary>
    public async Task<long> SeedAsync(string vehicleId, int samples = 25)
    {
        var vehicle = (await Registry.PutAsync(vehicleId, new("Anna's", "WVWZZZ1JZXW000001", "Voltine", "Ion", """{"depot":"north"}"""), "test", Token)).Vehicle;
        await Registry.IssueCredentialAsync(vehicleId, "test", Token);
        await Registry.IssueCredentialAsync(vehicleId, "test", Token);
        await using var session = await Database.BeginWriteAsync(Token);
        await WriteSamplesAsync(session, vehicle.Id, 0, samples);
        foreach (var table in new[] { "telemetry_1m", "telemetry_1h" })
        {
            for (var i = 0; i < 7; i++)
            {
                await InsertRollupAsync(session, table, vehicle.Id, Start.AddHours(i));
            }
        }

        await using (var late = session.CreateCommand("INSERT INTO telemetry_late_hour (vehicle_key, hour) VALUES (@key, @hour)"))
        {
            late.AddParameter("@key", vehicle.Id);
            late.AddParameter("@hour", Start);
            await late.ExecuteNonQueryAsync(Token);
        }

        session.Db.RejectedMessages.AddRange(Rejected(vehicleId, null), Rejected(vehicleId, vehicleId), Rejected("other", vehicleId), Rejected(null, vehicleId));
        session.Db.VehicleConnections.Add(new VehicleConnection { ClientId = vehicleId, ChannelId = "ch", Instance = "gw", Address = "203.0.113.7:1", ConnectedAt = Start });
        await session.Db.SaveChangesAsync(Token);
        await session.CommitAsync(Token);
        return vehicle.Id;
    }

    /// <summary>Writes samples and the newest state as Ingest does, within a transaction.</summary>
    public async Task WriteSamplesAsync(WriteSession session, long key, int from, int count, bool sameTime = false)
    {
        var rows = Enumerable.Range(from, count).Select(i => Row(key, sameTime ? 0 : i)).ToArray();
        await _store.WriteAsync(rows, default, session, Token);
        var latest = new LatestRow
        {
            Newest = rows[^1],
            HasState = true,
            EffectiveTime = rows[^1].Time,
            QueueOffset = from + count,
            HasCounters = true,
            Counters = new SequenceCounters { HasFirst = true, FirstBoot = 7, FirstSeq = from + count },
        };
        await _store.WriteLatestAsync(new[] { latest }, default, session, Token);
    }

    /// <summary>A command with one execution for each vehicle, in the given states; its order.</summary>
    public async Task<long> CommandAsync(string target, bool isBroadcast, params (long Key, ExecutionState State)[] executions)
    {
        await using var session = await Database.BeginWriteAsync(Token);
        var command = new Command
        {
            Id = Guid.CreateVersion7(),
            Type = "locate",
            Parameters = "{}",
            Target = target,
            IsBroadcast = isBroadcast,
            CreatedAt = Start.AddSeconds(_command++),
            NotAfter = Start.AddHours(1),
            ReleasedAt = Start,
            CreatedBy = "tester",
        };
        foreach (var (_, state) in executions)
        {
            var count = typeof(Command).GetProperty($"Count{state}")!;
            count.SetValue(command, (long)count.GetValue(command)! + 1);
        }

        session.Db.Commands.Add(command);
        await session.Db.SaveChangesAsync(Token);
        session.Db.CommandExecutions.AddRange(executions.Select(e => new CommandExecution { CommandOrder = command.Order, VehicleKey = e.Key, State = e.State, UpdatedAt = Start }));
        session.Db.CommandEvents.AddRange(executions.SelectMany(e => new[]
        {
            new CommandEvent { CommandOrder = command.Order, VehicleKey = e.Key, To = ExecutionState.Queued, Actor = "commands", At = Start },
            new CommandEvent { CommandOrder = command.Order, VehicleKey = e.Key, To = e.State, Actor = "vehicle", At = Start },
        }));
        session.Db.CommandEvents.Add(new CommandEvent { CommandOrder = command.Order, Actor = "tester", Reason = "created", At = Start });
        await session.Db.SaveChangesAsync(Token);
        await session.CommitAsync(Token);
        return command.Order;
    }

    public async Task<Command?> ReadCommandAsync(long order)
    {
        await using var db = Database.CreateReader();
        return await db.Commands.SingleOrDefaultAsync(command => command.Order == order, Token);
    }

    /// <summary>Runs the task, over another way into the database or by another clock if given.</summary>
    public Task RunAsync(ITelematicsDatabase? database = null, int batchRows = 10, TimeProvider? clock = null) =>
        new ErasureTask(database ?? Database, clock ?? TimeProvider.System, _metrics, NullLogger<ErasureTask>.Instance) { BatchRows = batchRows }.RunAsync(Token);

    /// <summary>Goes on with an erasure as it was when it was read, whatever became of it.</summary>
    public Task GoOnAsync(Erasure asRead) => new ErasureRun(Database, asRead, 10, TimeProvider.System, _metrics, NullLogger.Instance).RunAsync(Token);

    public async Task<Erasure> EraseAsync(string vehicleId) => (await Registry.EraseAsync(vehicleId, "test", Token))!.Value.Erasure;

    /// <summary>The tables that have rows of a vehicle, with how many.</summary>
    public async Task<Dictionary<string, long>> RowsOfAsync(string vehicleId, long key)
    {
        await using var session = await Database.BeginWriteAsync(Token);
        var found = new Dictionary<string, long>();
        foreach (var (table, condition) in Tables)
        {
            await using var count = session.CreateCommand($"SELECT count(*) FROM {table} WHERE {condition}");
            foreach (var (name, value) in new (string, object)[] { ("@key", key), ("@id", vehicleId), ("@name", $"%\"{vehicleId}\"%") })
            {
                if (condition.Contains(name, StringComparison.Ordinal))
                {
                    count.AddParameter(name, value);
                }
            }

            if (Convert.ToInt64(await count.ExecuteScalarAsync(Token), CultureInfo.InvariantCulture) is > 0 and var rows)
            {
                found.Add(table, rows);
            }
        }

        return found;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var session = await Database.BeginWriteAsync(Token);
        await using (var command = session.CreateCommand(sql))
        {
            await command.ExecuteNonQueryAsync(Token);
        }

        await session.CommitAsync(Token);
    }

    public static async Task InsertRollupAsync(WriteSession session, string table, long key, DateTime time)
    {
        await using var insert = session.CreateCommand(
            $"INSERT INTO {table} (vehicle_key, time, first_time, last_time, samples, speed_count, power_count) VALUES (@key, @time, @time, @time, 1, 0, 0)");
        insert.AddParameter("@key", key);
        insert.AddParameter("@time", time);
        await insert.ExecuteNonQueryAsync(Token);
    }

    /// <summary>The stored newest states.</summary>
    public async Task<List<long>> StatesAsync()
    {
        await using var snapshot = await Database.BeginSnapshotAsync(Token);
        var keys = new List<long>();
        await _store.ReadLatestAsync(snapshot, (in LatestState state) => keys.Add(state.VehicleKey), Token);
        return keys;
    }

    public async Task<SequenceCounters> CountersAsync(long key)
    {
        await using var session = await Database.BeginWriteAsync(Token);
        var counters = new SequenceCounters[1];
        await _store.ReadCountersAsync(new[] { key }, counters, session, Token);
        return counters[0];
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    public static RejectedMessage Rejected(string? vehicleId, string? clientId) => new()
    {
        Topic = "telemetry",
        Broker = "b",
        StoredAt = Start,
        VehicleId = vehicleId,
        ClientId = clientId,
        Reason = RejectReason.Undecodable,
        Detail = "x",
        Payload = [1],
    };

    private static TelemetryRow Row(long key, int i)
    {
        var values = SignalValues.None;
        values[SignalCatalogue.Speed] = i % 100;
        var time = (Start.AddMinutes(i) - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        return new TelemetryRow { VehicleKey = key, Time = time, StoredAt = time + 5, Values = values };
    }
}
