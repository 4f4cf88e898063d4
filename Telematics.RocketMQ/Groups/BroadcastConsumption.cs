using Telematics.Messaging;
using Telematics.RocketMQ.Remoting;

namespace Telematics.RocketMQ.Groups;

/// <summary>Consumes all queues of a topic, those too that are made later.</summary>
internal sealed class BroadcastConsumption : IAsyncDisposable
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(20);

    private readonly ConsumerContext _context;
    private readonly CancellationTokenSource _ending = new();
    private readonly QueueConsumers _first;
    private readonly QueueConsumers _later;
    private Task _looking = Task.CompletedTask;

    public BroadcastConsumption(ConsumerContext context)
    {
        _context = context;
        _first = new QueueConsumers(context.Options.Tags, context, new StartOffset(context.Options, context.Group), static (_, _) => { });

        // A queue that is made while we run is ours from its first message on.
        var fromFirst = new RocketMQConsumerOptions { Group = context.Options.Group, Topic = context.Options.Topic, Mode = ConsumeMode.Broadcasting, From = ConsumeFrom.First };
        _later = new QueueConsumers(context.Options.Tags, context, new StartOffset(fromFirst, context.Group), static (_, _) => { });
    }

    /// <exception cref="MessageLogException">The topic does not exist.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var queues = await RouteQueues.GetAsync(_context.Reading.Routes, _context.Options.Topic, cancellationToken)
            ?? throw new MessageLogException($"Topic '{_context.Options.Topic}' has no route: it does not exist. Create it: mqadmin updateTopic -n <name server> -c <cluster> -t {_context.Options.Topic}");
        foreach (var queue in queues)
        {
            _first.OnAssigned(queue);
        }

        _looking = LookAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _looking;
        await _first.StopAsync();
        await _later.StopAsync();
        _ending.Dispose();
    }

    private async Task LookAsync()
    {
        using var timer = new PeriodicTimer(LookInterval, _context.Group.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(_ending.Token))
            {
                try
                {
                    foreach (var queue in await RouteQueues.GetAsync(_context.Reading.Routes, _context.Options.Topic, _ending.Token) ?? [])
                    {
                        if (!_first.Contains(queue))
                        {
                            _later.OnAssigned(queue);
                        }
                    }
                }
                catch (RemotingException)
                {
                    // The route table says that no name server answers; what is known goes on.
                }
            }
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
        }
    }
}
