using Telematics.Messaging;
using Xunit;

namespace Telematics.Tests.Messaging;

/// <summary>What every message log must do, said through the port alone; a class for each log runs it.</summary>
public abstract partial class MessageLogCompliance : IAsyncLifetime
{
    private IMessageLog? _log;

    /// <summary>The open log.</summary>
    protected IMessageLog Log => _log ?? throw new InvalidOperationException("The log is not open.");

    /// <summary>Whether a queue may for a moment have its old owner still while it has the new one.</summary>
    protected virtual bool MayOverlap => false;

    /// <summary>Cancelled with the test.</summary>
    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _log = await OpenAsync();

    public async ValueTask DisposeAsync()
    {
        if (_log is not null)
        {
            await _log.DisposeAsync();
        }

        await CleanUpAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Opens the log under test; a second time after the first was closed: with what it held.</summary>
    protected abstract ValueTask<IMessageLog> OpenAsync();

    /// <summary>Removes what the tests left behind.</summary>
    protected virtual ValueTask CleanUpAsync() => ValueTask.CompletedTask;

    /// <summary>Closes the log as a process that ends and opens it as the next one.</summary>
    protected async Task ReopenAsync()
    {
        await Log.DisposeAsync();
        _log = null;
        _log = await OpenAsync();
    }

    /// <summary>Declares a topic that no other test uses.</summary>
    protected async Task<string> DeclareAsync(int? queues = null)
    {
        var topic = $"t-{Guid.NewGuid():N}";
        await Log.DeclareTopicAsync(new TopicDeclaration(topic, queues), Cancellation);
        return topic;
    }
}
