using System.Text;
using Telematics.Messaging;

namespace Telematics.Tests.Messaging;

/// <summary>What the tests say often.</summary>
internal static class MessageLogExtensions
{
    public static AppendAdmission Append(this IMessageProducer producer, string key, string body, IAppendSink sink, AppendToken token = default, AppendBudget budget = AppendBudget.Queue, string tag = "") =>
        producer.Append(new OutgoingMessage { Key = Encoding.UTF8.GetBytes(key), Tag = Encoding.UTF8.GetBytes(tag), Body = Encoding.UTF8.GetBytes(body) }, sink, token, budget);

    public static async Task<AppendOutcome> AppendAsync(this IMessageProducer producer, string key, string body, CancellationToken cancellationToken, string tag = "") =>
        await producer.AppendAsync(key, Encoding.UTF8.GetBytes(body), tag, cancellationToken: cancellationToken);

    /// <summary>Reads a queue from an offset up to its end.</summary>
    public static async Task<List<StoredMessage>> ReadAllAsync(this IMessageLog log, MessageQueue queue, CancellationToken cancellationToken, long offset = 0, TagFilter? filter = null, int maxMessages = 100, int maxBytes = 1 << 20)
    {
        await using var reader = log.OpenReader(queue, filter ?? TagFilter.All);
        var messages = new List<StoredMessage>();
        while (true)
        {
            var result = await reader.ReadAsync(offset, maxMessages, maxBytes, TimeSpan.Zero, cancellationToken);
            using (result.Batch)
            {
                for (var i = 0; i < result.Batch?.Count; i++)
                {
                    messages.Add(StoredMessage.From(result.Batch[i]));
                }
            }

            offset = result.NextOffset;
            if (result.Status is ReadStatus.Nothing or ReadStatus.BeyondEnd && offset >= result.EndOffset)
            {
                return messages;
            }
        }
    }

    /// <summary>Everything in a topic, queue by queue.</summary>
    public static async Task<List<StoredMessage>> ReadTopicAsync(this IMessageLog log, string topic, CancellationToken cancellationToken)
    {
        var messages = new List<StoredMessage>();
        foreach (var queue in log.GetQueues(topic))
        {
            messages.AddRange(await log.ReadAllAsync(queue, cancellationToken));
        }

        return messages;
    }
}
