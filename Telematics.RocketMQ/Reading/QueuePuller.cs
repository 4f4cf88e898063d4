using Telematics.Messaging;
using Telematics.RocketMQ.Records;
using Telematics.RocketMQ.Remoting;
using Telematics.RocketMQ.Routing;

namespace Telematics.RocketMQ.Reading;

/// <summary>Sends pulls for one queue to the instance of its broker that is to be asked: the master, or a slave that the master named.</summary>
internal sealed class QueuePuller(MessageQueue queue, string group, TagExpression tags, ReadingContext context)
{
    // The broker looks at held pulls every 5 s only.
    private static readonly TimeSpan HoldMargin = TimeSpan.FromSeconds(10);

    private long _brokerId;
    private StoreMark? _mark;
    private (string Address, int Connections) _compared = ("", 0);

    public MessageQueue Queue => queue;

    public string Group => group;

    /// <summary>Pulls once.</summary>
    /// <param name="offset">The first offset wanted.</param>
    /// <param name="maxMessages">At most so many messages; the broker has limits of its own.</param>
    /// <param name="hold">How long the broker may hold the pull when nothing is there; zero: not at all.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The answer, whatever its code; the caller disposes it.</returns>
    /// <exception cref="RemotingException">There is no answer.</exception>
    public async Task<PulledAnswer> PullAsync(long offset, int maxMessages, TimeSpan hold, CancellationToken cancellationToken)
    {
        var (address, isMaster) = await FindAddressAsync(cancellationToken);
        var connections = context.Client.CountConnections(address);
        var answer = await PullFromAsync(address, offset, maxMessages, hold, cancellationToken);
        if (!isMaster && !HasWhatWasAsked(answer))
        {
            // A slave knows less than its master (groups, offsets, where the queue begins and ends): only the messages it has count.
            answer.Dispose();
            (address, isMaster) = (context.Routes.FindMaster(queue), true);
            SetBroker(0, address);
            connections = context.Client.CountConnections(address);
            answer = await PullFromAsync(address, offset, maxMessages, hold, cancellationToken);
        }

        context.Metrics.Pulled(answer.Length);
        if (isMaster && answer.TellsOffsets)
        {
            await CompareStoreAsync(answer, connections, cancellationToken);
        }

        if (answer.SuggestedBrokerId != _brokerId && context.Routes.FindAddress(queue.Broker, answer.SuggestedBrokerId) is { } suggested)
        {
            SetBroker(answer.SuggestedBrokerId, suggested);
        }

        return answer;
    }

    /// <summary>Asks anew where the broker is, after a failure.</summary>
    public async Task RefreshRouteAsync(CancellationToken cancellationToken)
    {
        _brokerId = 0;
        try
        {
            await context.Routes.RefreshAsync(queue.Topic, cancellationToken);
        }
        catch (RemotingException)
        {
            // The table says that no name server answers; the pull that follows says what that means here.
        }
    }

    private async Task<PulledAnswer> PullFromAsync(string address, long offset, int maxMessages, TimeSpan hold, CancellationToken cancellationToken)
    {
        var request = PullRequest.Create(queue, group, offset, maxMessages, hold, tags.Text);
        var timeout = hold > TimeSpan.Zero ? hold + HoldMargin : context.Options.RequestTimeout;
        var response = await context.Client.RequestAsync(address, request, timeout, cancellationToken);
        try
        {
            return new PulledAnswer(response, address, offset, maxMessages);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private bool HasWhatWasAsked(PulledAnswer answer) =>
        answer.Code == ResponseCode.Success && (!tags.IsAll || !TryReadMark(answer, out var first) || first.Offset <= answer.Offset);

    /// <summary>
    /// Offsets mean the same messages only as long as it is the same store. A broker that comes back on a new connection, or at
    /// another address, may have been wiped, and filled beyond the offset that is read next; so a message that was read before has to
    /// be there still.
    /// </summary>
    private async Task CompareStoreAsync(PulledAnswer answer, int connectionsBefore, CancellationToken cancellationToken)
    {
        var connections = context.Client.CountConnections(answer.Address);
        try
        {
            if (_mark is { } mark && _compared != (answer.Address, connections) && !await IsStoredAsync(mark, answer.Address, cancellationToken))
            {
                await ThrowIfElsewhereAsync(answer.Address, cancellationToken);
                answer.IsOfOtherStore = true;
            }
        }
        catch
        {
            answer.Dispose();
            throw;
        }

        // A connection made meanwhile may not be the one that brought the answer: then the next one is compared.
        _compared = (answer.Address, connections == connectionsBefore || connections == 1 ? connections : -1);
        if (answer.IsOfOtherStore)
        {
            context.Logger.LogOtherStore(queue.ToString(), answer.Address, _mark!.Value.Offset);
            _mark = null;
        }
        else if (answer.Code == ResponseCode.Success && TryReadMark(answer, out var newest))
        {
            _mark = newest;
        }
    }

    /// <summary>Another broker may have the address by now: its offsets say nothing of this one, which is looked for again.</summary>
    private async Task ThrowIfElsewhereAsync(string address, CancellationToken cancellationToken)
    {
        await Task.Delay(RouteTable.ShortestInterval, context.Time, cancellationToken); // or the answer could be one from before
        var route = await context.Routes.RefreshAsync(queue.Topic, cancellationToken);
        if (context.Routes.FindAddress(queue.Broker) != address || route?.Brokers.Any(broker => broker.Name != queue.Broker && broker.Addresses.Values.Contains(address)) == true)
        {
            throw new RemotingException(RemotingFault.ConnectionLost, address, $"broker {queue.Broker} is not there any more: queue {queue} is another one there");
        }
    }

    private async Task<bool> IsStoredAsync(StoreMark mark, string address, CancellationToken cancellationToken)
    {
        using var answer = await PullFromAsync(address, mark.Offset, 1, TimeSpan.Zero, cancellationToken);
        return answer.Code switch
        {
            // Another one, if retention removed it meanwhile.
            ResponseCode.Success => !TryReadMark(answer, out var found) || found.Offset != mark.Offset || found.StoreTime == mark.StoreTime,
            _ when !answer.TellsOffsets => throw new RemotingException(RemotingFault.Malformed, address, $"whether queue {queue} is still the same is not told: code {(int)answer.Code}, {answer.Remark}"),
            _ => mark.Offset < answer.MaxOffset, // what could be pulled once can be pulled as soon as a broker answers
        };
    }

    private static bool TryReadMark(PulledAnswer answer, out StoreMark mark)
    {
        var isRead = StoredRecord.TryRead(answer.Rest, out var record, out _, out _) == RecordReading.Read;
        mark = isRead ? new StoreMark(record.Offset, record.StoreTime) : default;
        return isRead;
    }

    private async Task<(string Address, bool IsMaster)> FindAddressAsync(CancellationToken cancellationToken)
    {
        if (_brokerId != 0 && context.Routes.FindAddress(queue.Broker, _brokerId) is { } slave)
        {
            return (slave, false);
        }

        if (context.Routes.FindAddress(queue.Broker) is { } master)
        {
            return (master, true);
        }

        var route = await context.Routes.RefreshAsync(queue.Topic, cancellationToken);
        if (context.Routes.FindAddress(queue.Broker) is { } found)
        {
            return (found, true);
        }

        // Without its master a broker's slave still has what was copied.
        var broker = route?.Brokers.FirstOrDefault(broker => broker.Name == queue.Broker);
        return broker?.Addresses.Values.FirstOrDefault() is { } other ? (other, false) : (context.Routes.FindMaster(queue), true);
    }

    private void SetBroker(long brokerId, string address)
    {
        if (brokerId != _brokerId)
        {
            _brokerId = brokerId;
            context.Logger.LogReadsFrom(queue.ToString(), brokerId, address);
        }
    }

    /// <summary>A message that was read, by which a store is known again.</summary>
    private readonly record struct StoreMark(long Offset, long StoreTime);
}
