using System.Text;

namespace Telematics.Messaging;

/// <summary>Appending one message and waiting for it: for everything that is not hot.</summary>
public static class MessageProducerExtensions
{
    /// <summary>Appends a message and completes when it is stored. It is exempt from the byte budget.</summary>
    /// <exception cref="MessageLogException">It was not stored; the text says why.</exception>
    public static async Task<AppendOutcome> AppendAsync(
        this IMessageProducer producer,
        string key,
        ReadOnlyMemory<byte> body,
        string tag = "",
        ReadOnlyMemory<byte> properties = default,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(producer);
        var sink = new SingleOutcome();
        var admission = producer.Append(
            new OutgoingMessage { Key = Encoding.UTF8.GetBytes(key), Tag = Encoding.UTF8.GetBytes(tag), Properties = properties.Span, Body = body.Span },
            sink,
            default,
            AppendBudget.Exempt);
        if (admission != AppendAdmission.Taken)
        {
            throw new MessageLogException($"Topic {producer.Topic}: the message with key '{key}' and {body.Length} B was not taken ({admission}).");
        }

        var outcome = await sink.Task.WaitAsync(cancellationToken);
        return outcome.Status == AppendStatus.Stored
            ? outcome
            : throw new MessageLogException($"Topic {producer.Topic}: the message with key '{key}' was not stored ({outcome.Status}).");
    }

    private sealed class SingleOutcome : TaskCompletionSource<AppendOutcome>, IAppendSink
    {
        public SingleOutcome()
            : base(TaskCreationOptions.RunContinuationsAsynchronously)
        {
        }

        public void OnOutcomes(ReadOnlySpan<AppendOutcome> outcomes) => TrySetResult(outcomes[0]);
    }
}
