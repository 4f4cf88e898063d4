using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Telematics.Commands.Catalogue;
using Telematics.Commands.Dispatch;
using Telematics.Storage;
using Telematics.Storage.Model;

namespace Telematics.Commands.Operations;

/// <summary>
/// What supervisors do with commands. It only writes and reads rows; the dispatcher, in this process or another, does the
/// rest. Expected outcomes are values.
/// </summary>
public sealed class CommandOperations
{
    /// <summary>Most items of a page.</summary>
    public const int MaxLimit = 1_000;

    // Characters of targets on one page of all commands.
    private const int MaxTargetsLength = 4 * 1024 * 1024;

    private readonly ITelematicsDatabase _database;
    private readonly CommandCatalogue _catalogue;
    private readonly CommandWriter _writer;
    private readonly DispatchWake _wake;
    private readonly CommandsMetrics _metrics;
    private readonly ILogger<CommandOperations> _logger;
    private readonly int _maxTargets;

    internal CommandOperations(
        ITelematicsDatabase database,
        CommandCatalogue catalogue,
        CommandWriter writer,
        DispatchWake wake,
        CommandsMetrics metrics,
        IOptions<CommandsOptions> options,
        ILogger<CommandOperations> logger)
    {
        _database = database;
        _catalogue = catalogue;
        _writer = writer;
        _wake = wake;
        _metrics = metrics;
        _logger = logger;
        _maxTargets = options.Value.MaxTargets;
    }

    /// <summary>Orders a command.</summary>
    public async Task<CommandOrderOutcome> CreateAsync(CommandOrder order, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        if (order.IdempotencyKey is not null && order.RequestHash.Length != 32)
        {
            throw new ArgumentException($"With an idempotency key the request's hash has 32 bytes; it has {order.RequestHash.Length}.", nameof(order));
        }

        if (_catalogue.Find(order.Type) is not { } type)
        {
            var names = string.Join(", ", _catalogue.Types.Select(known => known.Name));
            var given = order.Type.Length <= 80 ? order.Type : order.Type[..80] + "…";
            return new CommandOrderOutcome.Invalid([new CommandError("type", $"type must be one of {names}; it is '{given}'.")]);
        }

        var parameters = order.Parameters.ValueKind == System.Text.Json.JsonValueKind.Undefined ? CommandView.Parse("{}") : order.Parameters;
        var errors = CommandOrderRules.Check(order, type, parameters, _maxTargets);
        if (errors.Count > 0)
        {
            return new CommandOrderOutcome.Invalid(errors);
        }

        var outcome = await _writer.WriteAsync(order, type, parameters, cancellationToken);
        if (outcome is CommandOrderOutcome.Created created)
        {
            _wake.Wake();
            _metrics.Created(type.Name);
            _logger.CommandCreated(created.Command.Id, type.Name, order.Actor, order.Target.All ? "all vehicles" : $"{created.Command.Counts.Total} vehicles");
        }

        return outcome;
    }

    /// <summary>A command with its counts, or null.</summary>
    public async Task<CommandView?> GetAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var db = _database.CreateReader();
        var command = await db.Commands.SingleOrDefaultAsync(c => c.Id == id, cancellationToken);
        return command is null ? null : CommandView.Of(command);
    }

    /// <summary>A page of a command's executions, in the order in which the vehicles were registered.</summary>
    /// <param name="id">The command.</param>
    /// <param name="state">Only those in this state; null = all.</param>
    /// <param name="after"><see cref="CommandPage{T}.Next"/> of the page before; null = from the beginning.</param>
    /// <param name="limit">1 to <see cref="MaxLimit"/>.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    /// <returns>Null when nobody knows the command.</returns>
    public async Task<CommandPage<ExecutionView>?> GetExecutionsAsync(Guid id, ExecutionState? state, long? after, int limit, CancellationToken cancellationToken)
    {
        ThrowIfOutOfRange(limit);
        await using var db = _database.CreateReader();
        var order = await db.Commands.Where(c => c.Id == id).Select(c => (long?)c.Order).SingleOrDefaultAsync(cancellationToken);
        if (order is not { } commandOrder)
        {
            return null;
        }

        // One whose vehicle is being erased is still there and not shown any more.
        var executions = db.CommandExecutions.Where(e => e.CommandOrder == commandOrder && !db.Vehicles.Any(v => v.Id == e.VehicleKey && v.ErasedAt != null));
        if (state is { } wanted)
        {
            executions = executions.Where(e => e.State == wanted);
        }

        if (after is { } last)
        {
            executions = executions.Where(e => e.VehicleKey > last);
        }

        var rows = await executions
            .OrderBy(e => e.VehicleKey)
            .Take(limit + 1)
            .Join(db.Vehicles, e => e.VehicleKey, v => v.Id, (e, v) => new { Execution = e, v.VehicleId })
            .OrderBy(row => row.Execution.VehicleKey)
            .ToListAsync(cancellationToken);
        return new CommandPage<ExecutionView>(
            [.. rows.Take(limit).Select(row => ExecutionView.Of(row.Execution, row.VehicleId))],
            rows.Count > limit ? rows[limit - 1].Execution.VehicleKey : null);
    }

    /// <summary>A page of all commands, the newest first. It ends early where the targets, which may name many vehicles, grow long.</summary>
    /// <param name="state">Only those in this state; null = all.</param>
    /// <param name="before"><see cref="CommandPage{T}.Next"/> of the page before; null = from the newest on.</param>
    /// <param name="limit">1 to <see cref="MaxLimit"/>.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<CommandPage<CommandView>> ListAsync(CommandState? state, long? before, int limit, CancellationToken cancellationToken)
    {
        ThrowIfOutOfRange(limit);
        await using var db = _database.CreateReader();
        var commands = db.Commands.AsQueryable();
        if (state is { } wanted)
        {
            commands = commands.Where(command => command.State == wanted);
        }

        if (before is { } last)
        {
            commands = commands.Where(command => command.Order < last);
        }

        var items = new List<CommandView>();
        var targets = 0;
        await foreach (var command in commands.OrderByDescending(command => command.Order).Take(limit + 1).AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            if (items.Count == limit || targets >= MaxTargetsLength)
            {
                return new CommandPage<CommandView>(items, items[^1].Order);
            }

            items.Add(CommandView.Of(command));
            targets += command.Target.Length;
        }

        return new CommandPage<CommandView>(items, null);
    }

    /// <summary>A page of a vehicle's commands, the newest first.</summary>
    /// <param name="vehicleId">The vehicle, registered or deleted.</param>
    /// <param name="before"><see cref="CommandPage{T}.Next"/> of the page before; null = from the newest on.</param>
    /// <param name="limit">1 to <see cref="MaxLimit"/>.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    /// <returns>Null when nobody knows the vehicle, or it is erased.</returns>
    public async Task<CommandPage<VehicleCommandView>?> GetOfVehicleAsync(string vehicleId, long? before, int limit, CancellationToken cancellationToken)
    {
        ThrowIfOutOfRange(limit);
        await using var db = _database.CreateReader();
        var key = await db.Vehicles.Where(v => v.VehicleId == vehicleId && v.ErasedAt == null).Select(v => (long?)v.Id).SingleOrDefaultAsync(cancellationToken);
        if (key is not { } vehicleKey)
        {
            return null;
        }

        var executions = db.CommandExecutions.Where(e => e.VehicleKey == vehicleKey);
        if (before is { } last)
        {
            executions = executions.Where(e => e.CommandOrder < last);
        }

        var rows = await executions
            .OrderByDescending(e => e.CommandOrder)
            .Take(limit + 1)
            .Join(db.Commands, e => e.CommandOrder, c => c.Order, (e, c) => new { Execution = e, Command = c })
            .OrderByDescending(row => row.Execution.CommandOrder)
            .ToListAsync(cancellationToken);
        return new CommandPage<VehicleCommandView>(
            [.. rows.Take(limit).Select(row => new VehicleCommandView(CommandView.Of(row.Command), ExecutionView.Of(row.Execution, vehicleId)))],
            rows.Count > limit ? rows[limit - 1].Execution.CommandOrder : null);
    }

    /// <summary>Stops further attempts, and asks gateways to withdraw what is on its way; what a car has, it may still carry out.</summary>
    /// <param name="id">The command.</param>
    /// <param name="actor">Who cancels: the name of the API key, or <c>anonymous</c>.</param>
    /// <param name="cancellationToken">Ends the wait; the cancel is written or not.</param>
    public async Task<CancelOutcome> CancelAsync(Guid id, string actor, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(actor);
        var isNew = await _writer.CancelAsync(id, actor, cancellationToken);
        if (isNew)
        {
            _wake.Wake();
            _logger.CommandCanceled(id, actor);
        }

        return await GetAsync(id, cancellationToken) switch
        {
            null => new CancelOutcome.NotFound(),
            { State: CommandState.Completed } ended => new CancelOutcome.Ended(ended),
            { State: CommandState.Canceled } ended when !isNew => new CancelOutcome.Ended(ended),
            { } canceling => new CancelOutcome.Canceling(canceling),
        };
    }

    /// <summary>What is under way now; cheap enough to be asked every second.</summary>
    public async Task<CommandsUnderWay> GetUnderWayAsync(CancellationToken cancellationToken)
    {
        await using var db = _database.CreateReader();
        var counts = await db.Commands
            .Where(command => command.State == CommandState.Running || command.State == CommandState.Canceling)
            .Select(c => c.CountCreated + c.CountQueued + c.CountSent + c.CountDelivered + c.CountAccepted + c.CountInProgress)
            .ToListAsync(cancellationToken);
        return new CommandsUnderWay(counts.Count, counts.Sum());
    }

    private static void ThrowIfOutOfRange(int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, MaxLimit);
    }
}
