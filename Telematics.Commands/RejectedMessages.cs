using System.Text;
using Telematics.Contracts;
using Telematics.Contracts.Telemetry;
using Telematics.Messaging;
using Telematics.Storage;
using Telematics.Storage.Model;
using Telematics.Storage.Registry;

namespace Telematics.Commands;

/// <summary>Keeps messages that cannot be taken where an operator sees them.</summary>
internal static class RejectedMessages
{
    /// <summary>A row for a message.</summary>
    public static RejectedMessage Create(MessageQueue queue, in MessageView message, RejectReason reason, string detail, string? vehicleId = null) => new()
    {
        Topic = queue.Topic,
        Broker = queue.Broker,
        QueueId = queue.QueueId,
        QueueOffset = message.Offset,
        StoredAt = StoredAt(message),
        ClientId = message.Properties.GetString(MessagePropertyNames.ClientId),
        VehicleId = vehicleId ?? Encoding.UTF8.GetString(message.Key),
        Reason = reason,
        Detail = detail.Length <= 1_024 ? detail : detail[..1_024],
        Payload = message.Body.ToArray(),
    };

    /// <summary>Adds rows to the transaction, those of erased vehicles excepted; they are written with the next <c>SaveChanges</c>.</summary>
    public static async Task AddAsync(WriteSession session, IReadOnlyList<RejectedMessage> rejected, CancellationToken cancellationToken)
    {
        if (rejected.Count > 0)
        {
            await session.LockRegistryAsync(RegistryAccess.Follow, cancellationToken);
            session.Db.RejectedMessages.AddRange(await ErasedVehicles.ExceptAsync(session.Db, rejected, cancellationToken));
        }
    }

    /// <summary>When the log stored a message.</summary>
    public static DateTime StoredAt(in MessageView message) => UnixTime.ToDateTime(message.StoreTime * UnixTime.MicrosecondsPerMillisecond);
}
