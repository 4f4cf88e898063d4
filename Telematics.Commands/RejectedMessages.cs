using System.Text;
using Telematics.Contracts;
using Telematics.Contracts.Telemetry;
using Telematics.Messaging;
using Telematics.Storage;
using Telematics.Storage.Model;

namespace Telematics.Commands;

/// <summary>Keeps messages that cannot be taken where an operator sees them.</summary>
internal static class RejectedMessages
{
    /// <summary>Adds a message to the transaction; it is written with the next <c>SaveChanges</c>.</summary>
    public static void Add(WriteSession session, MessageQueue queue, in MessageView message, RejectReason reason, string detail, string? vehicleId = null) =>
        session.Db.RejectedMessages.Add(new RejectedMessage
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
        });

    /// <summary>When the log stored a message.</summary>
    public static DateTime StoredAt(in MessageView message) => UnixTime.ToDateTime(message.StoreTime * UnixTime.MicrosecondsPerMillisecond);
}
