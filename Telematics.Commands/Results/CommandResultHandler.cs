using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Telematics.Commands.Dispatch;
using Telematics.Commands.Executions;
using Telematics.Contracts.Commands;
using Telematics.Contracts.Telemetry;
using Telematics.Messaging;
using Telematics.Storage;
using Telematics.Storage.Model;

namespace Telematics.Commands.Results;

/// <summary>Applies <c>command-result</c>: what cars answer. It counts in every state: what the car says wins.</summary>
internal sealed class CommandResultHandler(
    SignalBatch signals,
    ExecutionTimes times,
    DispatchWake wake,
    CommandsMetrics metrics,
    TimeProvider clock,
    ILogger<CommandResultHandler> logger) : IQueueBatchHandler
{
    private readonly ConcurrentDictionary<MessageQueue, bool> _hasWork = new();

    /// <inheritdoc/>
    public async ValueTask ApplyAsync(MessageBatch batch, IReadOnlyList<bool> isRepeat, WriteSession session, CancellationToken cancellationToken)
    {
        await session.LockWakingAsync(isAlone: false, cancellationToken);
        var now = clock.GetUtcNow().UtcDateTime;
        var rejected = new List<RejectedMessage>();
        var taken = new List<(int Index, string VehicleId, VehicleCommandResult Result)>(batch.Count);
        for (var i = 0; i < batch.Count; i++)
        {
            if (isRepeat[i])
            {
                continue;
            }

            var message = batch[i];
            var reason = CommandResultDecoder.Decode(message, out var vehicleId, out var result, out var detail);
            if (reason == RejectReason.None)
            {
                taken.Add((i, vehicleId, result!));
            }
            else
            {
                rejected.Add(Reject(batch, i, reason, detail, vehicleId));
            }
        }

        // A result is written only while its vehicle is registered: nothing of a deleted car after its deletion.
        await session.LockRegistryAsync(RegistryAccess.Follow, cancellationToken);
        var lookup = await ExecutionLookup.LoadAsync(session, [.. taken.Select(item => (item.Result.CommandId, item.VehicleId))], cancellationToken);
        var list = new List<CarSignal>(taken.Count);
        foreach (var (index, vehicleId, result) in taken)
        {
            var reason = Judge(lookup, vehicleId, result.CommandId);
            if (reason == RejectReason.None)
            {
                metrics.Result(result.State);
                list.Add(new CarSignal(result.CommandId, vehicleId, row => Decide(row, result, now)));
            }
            else
            {
                rejected.Add(Reject(batch, index, reason, $"Command {result.CommandId} of vehicle {vehicleId}.", vehicleId));
            }
        }

        await RejectedMessages.AddAsync(session, rejected, cancellationToken);
        await session.Db.SaveChangesAsync(cancellationToken);
        session.Db.ChangeTracker.Clear();
        _hasWork[batch.Queue] = await signals.ApplyAsync(session, lookup, list, now, cancellationToken);
    }

    /// <inheritdoc/>
    public void OnCommitted(MessageQueue queue, QueuePosition position)
    {
        if (_hasWork.TryRemove(queue, out var hasWork) && hasWork)
        {
            wake.Wake();
        }
    }

    /// <inheritdoc/>
    public void OnReset(MessageQueue queue) => _hasWork.TryRemove(queue, out _);

    private static RejectReason Judge(ExecutionLookup lookup, string vehicleId, Guid commandId) => lookup.FindVehicle(vehicleId) switch
    {
        null => RejectReason.VehicleUnknown,
        { DeletedAt: not null } => RejectReason.VehicleDeleted,
        _ => lookup.Find(commandId, vehicleId) is null ? RejectReason.CommandUnknown : RejectReason.None,
    };

    private ExecutionChange? Decide(ExecutionRow row, VehicleCommandResult result, DateTime now)
    {
        var signal = result.State switch
        {
            VehicleCommandState.Accepted => ExecutionSignal.ResultAccepted,
            VehicleCommandState.InProgress => ExecutionSignal.ResultInProgress,
            VehicleCommandState.Succeeded => ExecutionSignal.ResultSucceeded,
            VehicleCommandState.Failed => ExecutionSignal.ResultFailed,
            _ => ExecutionSignal.ResultRejected,
        };
        return times.By(row, signal, Actors.Vehicle, result.Code, now) is { } change
            ? change with { Code = result.Code, Words = Words(result) }
            : null;
    }

    private static CarWords? Words(VehicleCommandResult result) =>
        result is { Progress: null, Message: null, Result: null }
            ? null
            : new CarWords(result.Progress, result.Message, result.Result is { ValueKind: not JsonValueKind.Null } value ? value.GetRawText() : null);

    private RejectedMessage Reject(MessageBatch batch, int index, RejectReason reason, string detail, string vehicleId)
    {
        metrics.Rejected(batch.Queue.Topic);
        logger.ResultRejected(batch.Queue.ToString(), batch[index].Offset, reason, detail);
        return RejectedMessages.Create(batch.Queue, batch[index], reason, detail, vehicleId.Length == 0 ? null : vehicleId);
    }
}
