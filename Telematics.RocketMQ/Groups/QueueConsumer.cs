using Telematics.Messaging;
using Telematics.RocketMQ.Reading;
using Telematics.RocketMQ.Remoting;

namespace Telematics.RocketMQ.Groups;

/// <summary>Consumes one queue, one message after the other, from its assignment to its revocation.</summary>
internal sealed class QueueConsumer(MessageQueue queue, TagFilter tags, ConsumerContext context, StartOffset start, Action<MessageQueue, long> report) : IAsyncDisposable
{
    private const int MaxMessages = 256;
    private const int MaxBytes = 1 << 20;
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _ending = new();
    private Task _run = Task.CompletedTask;

    public void Start() => _run = Task.Run(RunAsync);

    /// <summary>Completes when no message of this queue is worked on any more.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _run;
        _ending.Dispose();
    }

#pragma warning disable CA1031 // the queue must not be left alone, and nobody hear of it
    private async Task RunAsync()
    {
        try
        {
            var offset = await BeginAsync();
            var received = new ReceivedMessages(queue);
            await using var reader = new RocketMQQueueReader(queue, context.Options.Group, tags, context.Reading, received);
            var hasFailed = false;
            while (true)
            {
                try
                {
                    offset = await StepAsync(reader, received, offset);
                    hasFailed = false;
                }
                catch (MessageLogException fault)
                {
                    if (!hasFailed)
                    {
                        hasFailed = true;
                        context.Group.Logger.LogConsumeFailed(context.Options.Group, queue.ToString(), fault.Message);
                    }

                    await Task.Delay(Pause, context.Group.Time, _ending.Token);
                }
                catch (Exception fault) when (!_ending.IsCancellationRequested)
                {
                    received.Take();
                    context.Group.Logger.LogConsumeFault(context.Options.Group, queue.ToString(), fault);
                    await Task.Delay(Pause, context.Group.Time, _ending.Token);
                }
            }
        }
        catch (Exception fault) when (_ending.IsCancellationRequested)
        {
            // Stopped. What a handler says when it is interrupted changes nothing: its message comes again.
            if (fault is not OperationCanceledException)
            {
                context.Group.Logger.LogConsumeFault(context.Options.Group, queue.ToString(), fault);
            }
        }
    }

#pragma warning restore CA1031

    /// <summary>Where to begin; it is never guessed, so this goes on asking until a broker tells.</summary>
    private async Task<long> BeginAsync()
    {
        for (var hasFailed = false; ; hasFailed = true)
        {
            try
            {
                return await start.GetAsync(queue, _ending.Token);
            }
            catch (RemotingException fault)
            {
                if (!hasFailed)
                {
                    context.Group.Logger.LogConsumeFailed(context.Options.Group, queue.ToString(), fault.Message);
                }

                await Task.Delay(Pause, context.Group.Time, _ending.Token);
            }
        }
    }

    private async Task<long> StepAsync(RocketMQQueueReader reader, ReceivedMessages received, long offset)
    {
        var result = await reader.ReadAsync(offset, MaxMessages, MaxBytes, Wait, _ending.Token);
        result.Batch?.Dispose(); // the messages own what they need
        var messages = received.Take();
        switch (result.Status)
        {
            case ReadStatus.Trimmed or ReadStatus.BeyondEnd:
                context.Group.Logger.LogOffsetMoved(context.Options.Group, queue.ToString(), offset, result.NextOffset, result.Status.ToString());
                break;
            default:
                foreach (var message in messages)
                {
                    await ConsumeAsync(message);
                    report(queue, message.Offset + 1);
                }

                break;
        }

        report(queue, result.NextOffset);
        return result.NextOffset;
    }

    private async Task ConsumeAsync(RocketMQReceivedMessage message)
    {
        while (await HandleAsync(message) == ConsumeResult.Later)
        {
            if (context.Options.Mode == ConsumeMode.Clustering && await TrySendBackAsync(message))
            {
                return;
            }

            await Task.Delay(Pause, context.Group.Time, _ending.Token);
        }
    }

#pragma warning disable CA1031 // the handler is the caller's; a message that it cannot take must not end the queue
    private async Task<ConsumeResult> HandleAsync(RocketMQReceivedMessage message)
    {
        _ending.Token.ThrowIfCancellationRequested();
        using var activity = MessagingTrace.StartProcess(queue, context.Options.Group, message.MessageId);
        try
        {
            return await context.Handler(message, _ending.Token);
        }
        catch (Exception fault) when (!_ending.IsCancellationRequested)
        {
            MessagingTrace.SetFault(activity, fault);
            context.Group.Logger.LogHandlerFailed(context.Options.Group, queue.ToString(), message.Offset, fault);
            return ConsumeResult.Later;
        }
    }
#pragma warning restore CA1031

    /// <summary>Gives the message to the group's retry topic; false when that failed and the message stays ours.</summary>
    private async Task<bool> TrySendBackAsync(RocketMQReceivedMessage message)
    {
        string fault;
        try
        {
            var request = new RemotingRequest(RequestCode.ConsumerSendMessageBack)
                .Add("offset", message.CommitLogOffset)
                .Add("group", context.Options.Group)
                .Add("delayLevel", 0)
                .Add("originMsgId", message.MessageId)
                .Add("originTopic", message.Topic)
                .Add("unitMode", false)
                .Add("maxReconsumeTimes", context.Options.MaxReconsumeTimes);
            var master = context.Group.Routes.FindMaster(queue);
            using var response = await context.Group.Client.RequestAsync(master, request, context.Group.Options.RequestTimeout, _ending.Token);
            if (response.Code == ResponseCode.Success)
            {
                return true;
            }

            fault = $"code {(int)response.Code}, {response.Remark}";
        }
        catch (RemotingException exception)
        {
            fault = exception.Message;
        }

        context.Group.Logger.LogSendBackFailed(context.Options.Group, queue.ToString(), message.Offset, fault);
        return false;
    }
}
