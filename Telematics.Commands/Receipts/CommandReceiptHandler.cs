using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Telematics.Commands.Dispatch;
using Telematics.Commands.Executions;
using Telematics.Contracts;
using Telematics.Contracts.Commands;
using Telematics.Contracts.Telemetry;
using Telematics.Messaging;
using Telematics.Storage;
using Telematics.Storage.Model;

namespace Telematics.Commands.Receipts;

/// <summary>Applies <c>command-receipt</c>: what gateways did with commands.</summary>
internal sealed class CommandReceiptHandler(
    SignalBatch signals,
    ExecutionTimes times,
    DispatchWake wake,
    CommandsMetrics metrics,
    TimeProvider clock,
    ILogger<CommandReceiptHandler> logger) : IQueueBatchHandler
{
    private readonly ConcurrentDictionary<MessageQueue, bool> _hasWork = new();

    /// <inheritdoc/>
    public async ValueTask ApplyAsync(MessageBatch batch, IReadOnlyList<bool> isRepeat, WriteSession session, CancellationToken cancellationToken)
    {
        await session.LockWakingAsync(isAlone: false, cancellationToken);
        var now = clock.GetUtcNow().UtcDateTime;
        var list = new List<CarSignal>();
        var rejected = new List<RejectedMessage>();
        for (var i = 0; i < batch.Count; i++)
        {
            if (!isRepeat[i])
            {
                Decode(batch, i, list, rejected, now);
            }
        }

        await RejectedMessages.AddAsync(session, rejected, cancellationToken);
        await session.Db.SaveChangesAsync(cancellationToken);
        session.Db.ChangeTracker.Clear();
        var lookup = await ExecutionLookup.LoadAsync(session, [.. list.Select(signal => (signal.CommandId, signal.VehicleId))], cancellationToken);
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

    private void Decode(MessageBatch batch, int index, List<CarSignal> list, List<RejectedMessage> rejected, DateTime now)
    {
        var message = batch[index];
        CommandReceipts? receipts = null;
        var error = "The message is null, or has no instance or no receipts.";
        try
        {
            receipts = JsonSerializer.Deserialize(message.Body, ContractsJson.Default.CommandReceipts);
        }
        catch (JsonException exception)
        {
            error = exception.Message;
        }

        if (receipts is not { Instance: not null, Receipts: not null })
        {
            metrics.Rejected(batch.Queue.Topic);
            logger.MessageUndecodable(batch.Queue.ToString(), message.Offset, error);
            rejected.Add(RejectedMessages.Create(batch.Queue, message, RejectReason.Undecodable, error));
            return;
        }

        var actor = Actors.Gateway(receipts.Instance);
        foreach (var receipt in receipts.Receipts)
        {
            if (receipt is { VehicleId: not null })
            {
                metrics.Receipt(receipt.Kind);
                list.Add(new CarSignal(receipt.CommandId, receipt.VehicleId, row => Decide(row, receipt, actor, now)));
            }
        }
    }

    private ExecutionChange? Decide(ExecutionRow row, CommandReceipt receipt, string actor, DateTime now)
    {
        var isLatest = receipt.Attempt == row.Attempt;
        return receipt.Kind switch
        {
            CommandReceiptKind.Sent => times.By(row, ExecutionSignal.SentByGateway, actor, null, now, isLatest),
            CommandReceiptKind.Delivered => times.By(row, ExecutionSignal.DeliveredByGateway, actor, null, now, isLatest),
            CommandReceiptKind.NotHere => times.AfterLostAttempt(row, ExecutionSignal.NotHere, isLatest, actor, now),
            CommandReceiptKind.Withdrawn => times.By(row, ExecutionSignal.Withdrawn, actor, ServerReasons.Canceled, now, isLatest),
            CommandReceiptKind.Refused when times.By(row, ExecutionSignal.RefusedByCar, actor, ServerReasons.Refused, now, isLatest) is { } change =>
                change with { Words = new CarWords(null, string.Create(CultureInfo.InvariantCulture, $"PUBACK reason code 0x{receipt.ReasonCode ?? 0x80:X2}"), null) },
            _ => null,
        };
    }
}
