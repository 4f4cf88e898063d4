using Telematics.Messaging;

namespace Telematics.Tests.Messaging;

public sealed class EmbeddedLogTests : MessageLogCompliance
{
    private readonly EmbeddedLogFolder _folder = new();

    protected override ValueTask<IMessageLog> OpenAsync() => new(_folder.Open());

    protected override ValueTask CleanUpAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}
