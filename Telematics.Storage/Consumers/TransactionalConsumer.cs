using System.Collections.Concurrent;
using Telematics.Messaging;

namespace Telematics.Storage.Consumers;

/// <summary>
/// A member of a consumer group that changes the database: reads from the stored offset on, leaves out producers' repeats,
/// applies each batch by its handler, and moves the offset in the same transaction. One loop for each queue it is given.
/// </summary>
public sealed class TransactionalConsumer : IAssignmentListener, IAsyncDisposable
{
    private readonly ConsumerServices _services;
    private readonly ConsumerSettings _settings;
    private readonly IQueueBatchHandler _handler;
    private readonly ConcurrentDictionary<MessageQueue, QueueConsumer> _queues = new();
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _stopping = new(1, 1);
    private IConsumerGroupMember? _member;
    private volatile bool _stopped;

    internal TransactionalConsumer(ConsumerServices services, ConsumerSettings settings, IQueueBatchHandler handler)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(handler);
        _services = services;
        _settings = settings;
        _handler = handler;
    }

    /// <summary>Ends when the consumer was stopped; fails when a queue cannot be consumed any more, which is a bug or a store that was exchanged.</summary>
    public Task Completion => _completion.Task;

    /// <summary>How far it is in each of its queues.</summary>
    public IReadOnlyList<ConsumerProgress> GetProgress() => [.. _queues.Values.Select(queue => queue.Progress)];

    /// <summary>Declares the topic and joins the group.</summary>
    /// <exception cref="Contracts.StartupException">The log is not the one that the stored offsets belong to.</exception>
    /// <exception cref="MessageLogException">The topic cannot be declared or the group not joined.</exception>
    public async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        await _services.Log.DeclareTopicAsync(new TopicDeclaration(_settings.Topic), cancellationToken);
        _member = await _services.Log.JoinGroupAsync(_settings.Group, _settings.Topic, this, cancellationToken);
    }

    /// <summary>Starts, and returns when <paramref name="stoppingToken"/> asks for it and the work under way has ended.</summary>
    public async Task RunAsync(CancellationToken stoppingToken)
    {
        await using (this)
        {
            await StartAsync(stoppingToken);
            try
            {
                await Completion.WaitAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                // The stop that was asked for.
            }
        }
    }

    /// <inheritdoc/>
    void IAssignmentListener.OnAssigned(MessageQueue queue)
    {
        var consumer = new QueueConsumer(_services, _settings, queue, _handler, ReportProgress);
        if (!_stopped && _queues.TryAdd(queue, consumer))
        {
            consumer.Start(exception => _completion.TrySetException(exception));
        }
    }

    /// <inheritdoc/>
    async ValueTask IAssignmentListener.OnRevokedAsync(MessageQueue queue)
    {
        if (_queues.TryRemove(queue, out var consumer))
        {
            await consumer.DisposeAsync();
        }
    }

    /// <summary>Leaves the group; what is under way is rolled back or ends first.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.WaitAsync();
        try
        {
            if (_stopped)
            {
                return;
            }

            _stopped = true;
            await Task.WhenAll(_queues.Values.Select(queue => queue.DisposeAsync().AsTask()));
            if (_member is not null)
            {
                await _member.DisposeAsync();
            }

            _queues.Clear();
            _completion.TrySetResult();
        }
        finally
        {
            _stopping.Release();
        }
    }

    private void ReportProgress(MessageQueue queue, long nextOffset) => _member?.ReportProgress(queue, nextOffset);
}
