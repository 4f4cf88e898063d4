using Telematics.Messaging;
using Telematics.RocketMQ.Records;
using Telematics.RocketMQ.Remoting;
using Telematics.RocketMQ.Routing;

namespace Telematics.RocketMQ.Producing;

/// <summary>Sends the batches of one queue by SEND_BATCH_MESSAGE.</summary>
internal sealed class RemotingBatchTransport(MessageQueue queue, RemotingClient client, RouteTable routes, TimeSpan timeout) : IBatchTransport
{
    private readonly RemotingRequest _request = new(RequestCode.SendBatchMessage);

    public async ValueTask<SendAnswer> SendAsync(ReadOnlyMemory<byte> body, long bornTime, CancellationToken cancellationToken)
    {
        if (routes.FindAddress(queue.Broker) is not { } address)
        {
            AskForRoute();
            return new SendAnswer(SendVerdict.Again, Reason: "no_route", Remark: $"broker {queue.Broker} has no master in the route");
        }

        try
        {
            Prepare(body, bornTime);
            using var response = await client.RequestAsync(address, _request, timeout, cancellationToken);
            var verdict = SendOutcomes.Of(response.Code);
            if (verdict == SendVerdict.Stored)
            {
                return new SendAnswer(verdict, response.GetInt64("queueOffset"));
            }

            if (verdict == SendVerdict.Again)
            {
                AskForRoute();
            }

            return new SendAnswer(verdict, Reason: response.Code.ToString(), Remark: $"{address} answered {(int)response.Code} {response.Remark}");
        }
        catch (RemotingException fault)
        {
            if (fault.Fault == RemotingFault.CannotConnect)
            {
                AskForRoute();
            }

            return new SendAnswer(SendOutcomes.Of(fault.Fault), Reason: fault.Fault.ToString(), Remark: fault.Message);
        }
    }

    private void Prepare(ReadOnlyMemory<byte> body, long bornTime)
    {
        _request.Clear();
        SendHeader.Add(_request, queue.Topic, queue.QueueId, SysFlag.None, bornTime, properties: "", isBatch: true);
        _request.Body = body;
    }

    // The broker may be another one by now. Nobody waits for the answer, which is asked for ten times a second at most: name
    // servers that are away must not make a retry late, and the table of routes says it when they are.
    private void AskForRoute() => _ = RefreshAsync();

    private async Task RefreshAsync()
    {
        try
        {
            await routes.RefreshAsync(queue.Topic, CancellationToken.None);
        }
        catch (Exception fault) when (fault is RemotingException or OperationCanceledException)
        {
        }
    }
}
