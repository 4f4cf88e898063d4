using Microsoft.Extensions.Logging;
using Telematics.Messaging;

namespace Telematics.Storage.Consumers;

/// <summary>What every consumer of the process uses.</summary>
internal sealed record ConsumerServices(
    ITelematicsDatabase Database,
    IMessageLog Log,
    TimeProvider Clock,
    StorageOptions Options,
    StorageMetrics Metrics,
    ILogger Logger);
