using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Telematics.Commands.Catalogue;
using Telematics.Commands.Executions;
using Telematics.Storage;
using Telematics.Storage.Model;
using Telematics.Storage.Registry;

namespace Telematics.Commands.Operations;

/// <summary>The rows of a new command, and the mark of a cancel.</summary>
internal sealed class CommandWriter(ITelematicsDatabase database, TimeProvider clock)
{
    private const int Chunk = 1_000;

    // A list of commands shows each one's target; more ids than these are to be had as executions.
    private const int MaxShownTargets = 100;

    /// <summary>Writes a checked order.</summary>
    public async Task<CommandOrderOutcome> WriteAsync(CommandOrder order, CommandType type, JsonElement parameters, CancellationToken cancellationToken)
    {
        try
        {
            return await TryWriteAsync(order, type, parameters, cancellationToken);
        }
        catch (DbUpdateException) when (order.IdempotencyKey is not null && !cancellationToken.IsCancellationRequested)
        {
            // Somebody else wrote the same key at the same moment; now it is there to be found.
            return await TryWriteAsync(order, type, parameters, cancellationToken);
        }
    }

    /// <summary>Marks a running command as to be canceled.</summary>
    /// <returns>False when it is unknown, ended, or already being canceled.</returns>
    public async Task<bool> CancelAsync(Guid id, string actor, CancellationToken cancellationToken)
    {
        await using var session = await database.BeginWriteAsync(cancellationToken);
        var order = await session.Db.Commands.Where(c => c.Id == id).Select(c => (long?)c.Order).SingleOrDefaultAsync(cancellationToken);
        if (order is not { } commandOrder)
        {
            return false;
        }

        await using (var update = session.CreateCommand("""UPDATE command SET state = 2, canceled_by = @actor WHERE "order" = @order AND state = 0"""))
        {
            update.AddParameter("@actor", actor);
            update.AddParameter("@order", commandOrder);
            if (await update.ExecuteNonQueryAsync(cancellationToken) != 1)
            {
                return false;
            }
        }

        await CommandCounters.AddEventAsync(session, commandOrder, actor, "cancel", Now(), cancellationToken);
        await session.CommitAsync(cancellationToken);
        return true;
    }

    private async Task<CommandOrderOutcome> TryWriteAsync(CommandOrder order, CommandType type, JsonElement parameters, CancellationToken cancellationToken)
    {
        await using var session = await database.BeginWriteAsync(cancellationToken);
        if (await FindRepeatedAsync(session, order, cancellationToken) is { } repeated)
        {
            return repeated;
        }

        var vehicles = new List<long>();
        if (order.Target.VehicleIds is { } ids)
        {
            await session.LockRegistryAsync(RegistryAccess.Follow, cancellationToken);
            var wanted = ids.Distinct(StringComparer.Ordinal).ToList();
            var found = (await VehicleRegistry.FindAsync(session.Db, wanted, cancellationToken))
                .Where(vehicle => vehicle.DeletedAt is null)
                .ToDictionary(vehicle => vehicle.VehicleId, vehicle => vehicle.Id, StringComparer.Ordinal);
            if (found.Count < wanted.Count)
            {
                return new CommandOrderOutcome.UnknownVehicles([.. wanted.Where(id => !found.ContainsKey(id))]);
            }

            vehicles.AddRange(found.Values.Order());
        }

        await session.LockOrderNumbersAsync(cancellationToken);
        var now = Now();
        var command = Make(order, type, parameters, vehicles.Count, now);
        session.Db.Commands.Add(command);
        await session.Db.SaveChangesAsync(cancellationToken);
        foreach (var chunk in vehicles.Chunk(Chunk))
        {
            await InsertAsync(session, command.Order, chunk, now, cancellationToken);
        }

        await CommandCounters.AddEventAsync(session, command.Order, order.Actor, "created", now, cancellationToken);
        await session.CommitAsync(cancellationToken);
        return new CommandOrderOutcome.Created(CommandView.Of(command));
    }

    private static async Task<CommandOrderOutcome?> FindRepeatedAsync(WriteSession session, CommandOrder order, CancellationToken cancellationToken)
    {
        if (order.IdempotencyKey is null)
        {
            return null;
        }

        var earlier = await session.Db.Commands.AsNoTracking()
            .SingleOrDefaultAsync(c => c.CreatedBy == order.Actor && c.IdempotencyKey == order.IdempotencyKey, cancellationToken);
        if (earlier is null)
        {
            return null;
        }

        return order.RequestHash.Span.SequenceEqual(earlier.RequestHash)
            ? new CommandOrderOutcome.Repeated(CommandView.Of(earlier))
            : new CommandOrderOutcome.KeyConflict(earlier.Id);
    }

    private static Command Make(CommandOrder order, CommandType type, JsonElement parameters, int targets, DateTime now) => new()
    {
        Id = Guid.CreateVersion7(new DateTimeOffset(now)),
        Type = type.Name,
        Parameters = parameters.GetRawText(),
        Target = order.Target.All
            ? """{"all":true}"""
            : JsonSerializer.Serialize(targets <= MaxShownTargets
                ? new Dictionary<string, object> { ["vehicleIds"] = order.Target.VehicleIds! }
                : new Dictionary<string, object> { ["vehicleIds"] = order.Target.VehicleIds!.Take(MaxShownTargets), ["vehicleCount"] = targets }),
        IsBroadcast = order.Target.All,
        State = CommandState.Running,
        CreatedAt = now,
        NotAfter = now + (order.TtlSeconds is { } ttl ? TimeSpan.FromSeconds(ttl) : type.DefaultTimeToLive),
        CreatedBy = order.Actor,
        IdempotencyKey = order.IdempotencyKey,
        RequestHash = order.IdempotencyKey is null ? null : order.RequestHash.ToArray(),

        // A broadcast's targets are the vehicles that are known when the dispatcher releases it.
        ReleasedAt = order.Target.All ? null : now,
        CountCreated = targets,
    };

    private static async Task InsertAsync(WriteSession session, long order, long[] vehicles, DateTime now, CancellationToken cancellationToken)
    {
        await using var insert = session.CreateCommand(
            $"""
            INSERT INTO command_execution (command_order, vehicle_key, state, version, attempt, deadline, is_directed, is_soft, is_late, updated_at)
            SELECT @order, v.id, 0, 0, 0, @now, TRUE, FALSE, FALSE, @now FROM vehicle v WHERE v.id IN ({ExecutionReader.List(vehicles)})
            """);
        insert.AddParameter("@order", order);
        insert.AddParameter("@now", now);
        await insert.ExecuteNonQueryAsync(cancellationToken);
    }

    // To the microsecond, as the database keeps it: what is answered now is what is read later.
    private DateTime Now()
    {
        var now = clock.GetUtcNow().UtcDateTime;
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
    }
}
