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
            routes.RefreshSoon(queue.Topic);
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
                routes.RefreshSoon(queue.Topic);
            }

            return new SendAnswer(verdict, Reason: response.Code.ToString(), Remark: $"{address} answered {(int)response.Code} {response.Remark}");
        }
        catch (RemotingException fault)
        {
            routes.RefreshSoon(queue.Topic); // the broker may be another one by now, or elsewhere

            return new SendAnswer(SendOutcomes.Of(fault.Fault), Reason: fault.Fault.ToString(), Remark: fault.Message);
        }
    }

    private void Prepare(ReadOnlyMemory<byte> body, long bornTime)
    {
        _request.Clear();
        SendHeader.Add(_request, queue.Topic, queue.QueueId, SysFlag.None, bornTime, properties: "", isBatch: true);
        _request.Body = body;
    }
}
