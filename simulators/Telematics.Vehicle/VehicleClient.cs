using System.Net.Sockets;
using MQTTnet;
using MQTTnet.Exceptions;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using Telematics.Contracts;
using Telematics.Vehicle.Commands;
using Telematics.Vehicle.Outbox;

namespace Telematics.Vehicle;

/// <summary>Keeps the connection to the gateway: forwards what the outbox holds, takes commands, comes back after every loss.</summary>
internal sealed class VehicleClient(VehicleOptions options, TelemetryOutbox outbox, CommandInbox inbox, Wake added, ReconnectDelay delay, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(30);

    private long _acknowledged;

    /// <summary>Publishes acknowledged since the start.</summary>
    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    /// <summary>Connects, forwards and connects again until cancelled; then says DISCONNECT.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var reason = await ConnectAndForwardAsync(cancellationToken);
            var pause = delay.Next();
            logger.NotConnected(options.Host, options.Port, reason, pause);
            await Task.Delay(pause, clock, cancellationToken);
        }
    }

    private async Task<string> ConnectAndForwardAsync(CancellationToken cancellationToken)
    {
        using var client = new MqttClientFactory().CreateMqttClient();
        var lost = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        client.DisconnectedAsync += args =>
        {
            lost.TrySetResult(args.Exception?.Message ?? args.ReasonString ?? args.Reason.ToString());
            return Task.CompletedTask;
        };
        client.ApplicationMessageReceivedAsync += args => ReceiveAsync(args, lost);
        try
        {
            var result = await client.ConnectAsync(CreateOptions(), cancellationToken);
            if (result.ResultCode != MqttClientConnectResultCode.Success)
            {
                return $"{result.ResultCode} {result.ReasonString}".TrimEnd();
            }

            await ForwardAsync(client, lost, cancellationToken);
            return await lost.Task;
        }
        catch (Exception e) when (e is MqttCommunicationException or SocketException or IOException or TimeoutException)
        {
            return e.InnerException?.Message ?? e.Message;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return "no answer in time";
        }
        finally
        {
            await DisconnectAsync(client);
        }
    }

    // What was on its way goes first, in its order and with its numbers; then what waits, never more than the window.
    private async Task ForwardAsync(IMqttClient client, TaskCompletionSource<string> lost, CancellationToken cancellationToken)
    {
        var again = outbox.GetUnacknowledged();
        logger.Connected(options.Host, options.Port, again.Count, outbox.Waiting);
        var underWay = again.Select(publish => PublishAsync(client, publish, lost, cancellationToken)).ToList();
        while (!lost.Task.IsCompleted)
        {
            var wake = added.Next;
            while (outbox.TakeNext() is { } publish)
            {
                underWay.Add(PublishAsync(client, publish, lost, cancellationToken));
            }

            await Task.WhenAny([wake, lost.Task, .. underWay]).WaitAsync(cancellationToken);
            foreach (var done in underWay.Where(task => task.IsCompleted).ToList())
            {
                underWay.Remove(done);
                await done;
            }
        }
    }

    private async Task PublishAsync(IMqttClient client, OutgoingPublish publish, TaskCompletionSource<string> lost, CancellationToken cancellationToken)
    {
        var result = await client.PublishAsync(
            new MqttApplicationMessage
            {
                Topic = publish.Topic,
                PayloadSegment = publish.Body,
                QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
                ContentType = publish.ContentType,
                CorrelationData = publish.CorrelationData,
            },
            cancellationToken);
        if (result.IsSuccess)
        {
            outbox.Acknowledge(publish.Id);
            Interlocked.Increment(ref _acknowledged);
            delay.Reset();
            return;
        }

        logger.Refused(publish.Id, (int)result.ReasonCode, result.ReasonString);
        lost.TrySetResult($"message {publish.Id} was refused: {result.ReasonCode}");
    }

    // MQTTnet acknowledges when this returns, so the order is on disk by then.
    private Task ReceiveAsync(MqttApplicationMessageReceivedEventArgs args, TaskCompletionSource<string> lost)
    {
        var message = args.ApplicationMessage;
        if (message.Topic != $"{TopicNames.Command}/p2p/{options.VehicleId}" && message.Topic != $"{TopicNames.Command}/all")
        {
            return Task.CompletedTask;
        }

        try
        {
            inbox.Receive(message.Topic, System.Buffers.BuffersExtensions.ToArray(message.Payload), message.ResponseTopic, message.CorrelationData);
            added.Set();
        }
        catch (Exception e)
        {
            // Not acknowledged and not lost: the gateway brings it again. The fault itself ends the client.
            args.ProcessingFailed = true;
            lost.TrySetException(e);
        }

        return Task.CompletedTask;
    }

    private async Task DisconnectAsync(IMqttClient client)
    {
        if (!client.IsConnected)
        {
            return;
        }

        try
        {
            using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(2), clock);
            await client.DisconnectAsync(new MqttClientDisconnectOptions(), timeout.Token);
        }
        catch (Exception e) when (e is MqttCommunicationException or SocketException or IOException or OperationCanceledException)
        {
            // The connection was gone already; there is nobody left to say it to.
        }
    }

    private MqttClientOptions CreateOptions()
    {
        var builder = new MqttClientOptionsBuilder()
            .WithTcpServer(options.Host, options.Port)
            .WithProtocolVersion(MqttProtocolVersion.V500)
            .WithClientId(options.VehicleId)
            .WithCleanStart(true)
            .WithReceiveMaximum(TelemetryOutbox.MaxUnacknowledged)
            .WithKeepAlivePeriod(KeepAlive)
            .WithTimeout(AnswerTimeout);
        if (options.Password is { } password)
        {
            builder.WithCredentials(options.VehicleId, password);
        }

        if (options.UseTls)
        {
            builder.WithTlsOptions(tls => tls.UseTls());
        }

        return builder.Build();
    }
}
