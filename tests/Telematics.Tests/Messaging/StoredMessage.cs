using System.Text;
using Telematics.Messaging;

namespace Telematics.Tests.Messaging;

/// <summary>A message copied out of its batch.</summary>
internal sealed record StoredMessage(long Offset, long StoreTime, string Key, string Tag, string Body, byte[] Properties, byte[] ProducerInstance, long ProducerNumber)
{
    public static StoredMessage From(in MessageView view) => new(
        view.Offset,
        view.StoreTime,
        Encoding.UTF8.GetString(view.Key),
        Encoding.UTF8.GetString(view.Tag),
        Encoding.UTF8.GetString(view.Body),
        view.Properties.Encoded.ToArray(),
        view.ProducerInstance.ToArray(),
        view.ProducerNumber);
}
