using System.Text.Json;
using Telematics.Messaging;
using Telematics.RocketMQ.Reading;
using Telematics.RocketMQ.Remoting;

namespace Telematics.RocketMQ.Administration;

/// <summary>Sees to it that a consumer group may read a topic.</summary>
internal sealed class GroupAdministration(AdministrationContext context)
{
    /// <summary>
    /// Asks each broker of the queues, by a pull, since that is what is to work and nothing else tells whether the group is
    /// there without making it. A broker that is away is not asked.
    /// </summary>
    /// <exception cref="MessageLogException">The group is missing, or may not read; the text says what to do.</exception>
    /// <exception cref="RemotingException">A broker does not answer.</exception>
    public async Task EnsureAsync(string group, IReadOnlyList<MessageQueue> queues, CancellationToken cancellationToken)
    {
        foreach (var queue in queues.DistinctBy(queue => queue.Broker))
        {
            if (context.Routes.FindAddress(queue.Broker) is { } address)
            {
                await EnsureAsync(group, queue, address, cancellationToken);
            }
        }
    }

    private async Task EnsureAsync(string group, MessageQueue queue, string address, CancellationToken cancellationToken)
    {
        var pull = PullRequest.Create(queue, group, offset: 0, maxMessages: 1, hold: TimeSpan.Zero, TagExpression.All);
        using var response = await context.Client.RequestAsync(address, pull, context.Options.RequestTimeout, cancellationToken);
        switch (response.Code)
        {
            case ResponseCode.NoPermission:
                throw new MessageLogException($"Topic '{queue.Topic}' may not be read by group '{group}' from broker {queue.Broker}: {response.Remark} The user needs the right Sub on the topic and on the group, and the group must be enabled.");
            case ResponseCode.GroupNotExist:
                await MakeAsync(group, queue.Broker, address, cancellationToken);
                break;
        }
    }

    private async Task MakeAsync(string group, string broker, string address, CancellationToken cancellationToken)
    {
        var command = context.Mqadmin($"updateSubGroup -b {address} -g {group}");
        if (!context.Options.CreateTopics)
        {
            throw new MessageLogException($"Consumer group '{group}' is not on broker {broker}. Make it: {command} - or set {RocketMQOptions.SectionName}:{nameof(RocketMQOptions.CreateTopics)}=true.");
        }

        var request = new RemotingRequest(RequestCode.UpdateAndCreateGroup) { Body = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["groupName"] = group }) };
        await context.OrderAsync(address, request, $"Consumer group '{group}' cannot be made on broker {broker}", $"Have it made: {command}", cancellationToken);
        context.Logger.LogGroupMade(group, broker);
    }
}
