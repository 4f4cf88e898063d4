using System.Text.Json;
using Telematics.RocketMQ.Remoting;

namespace Telematics.RocketMQ.Groups;

/// <summary>
/// Who is in a group. Every broker keeps a list of its own of those that sent heartbeats; all that answer are put together, since
/// counting too many members leaves queues alone for a moment, and too few takes what others work on.
/// </summary>
internal sealed class MemberList(string group, GroupContext context, Func<string, BrokerPresence> presenceAt)
{
    private IReadOnlySet<string> _known = new HashSet<string>();
    private bool _hasFailed;

    /// <summary>The members, or null when no broker tells them.</summary>
    public async Task<IReadOnlySet<string>?> AskAsync(IReadOnlyList<string> masters, CancellationToken cancellationToken)
    {
        var answers = await Task.WhenAll(masters.Select(address => AskAsync(address, cancellationToken)));
        if (Array.TrueForAll(answers, answer => answer.Members is null))
        {
            if (!_hasFailed)
            {
                _hasFailed = true;
                context.Logger.LogMembersUnknown(group, answers.Length == 0 ? "no broker of the topic is known" : answers[0].Fault!);
            }

            return null;
        }

        _hasFailed = false;
        var members = new HashSet<string>(StringComparer.Ordinal);
        var isSettled = false;
        foreach (var (address, list, _) in answers)
        {
            if (list is not null)
            {
                members.UnionWith(list);
                isSettled |= presenceAt(address).IsSettled(context.Time);
            }
        }

        if (!isSettled)
        {
            members.UnionWith(_known);
        }

        _known = members;
        return members;
    }

    private async Task<(string Address, string[]? Members, string? Fault)> AskAsync(string address, CancellationToken cancellationToken)
    {
        try
        {
            var request = new RemotingRequest(RequestCode.GetConsumerList).Add("consumerGroup", group);
            using var response = await context.Client.RequestAsync(address, request, context.Options.RequestTimeout, cancellationToken);
            return response.Code switch
            {
                ResponseCode.Success => (address, Read(response.Body), null),
                ResponseCode.SystemError => (address, [], null), // nobody is online there, and this member neither
                _ => (address, null, $"{address}: code {(int)response.Code}, {response.Remark}"),
            };
        }
        catch (Exception fault) when (fault is RemotingException or JsonException)
        {
            return (address, null, fault.Message);
        }
    }

    private static string[] Read(ReadOnlyMemory<byte> body)
    {
        using var document = JsonDocument.Parse(body);
        return document.RootElement.TryGetProperty("consumerIdList", out var ids) && ids.ValueKind == JsonValueKind.Array
            ? [.. ids.EnumerateArray().Select(id => id.GetString()).OfType<string>()]
            : throw new JsonException("'consumerIdList' is missing");
    }
}
