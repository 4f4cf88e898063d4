using Telematics.Gateway.Topics;

namespace Telematics.Gateway.Sessions;

/// <summary>A will, ready to be appended.</summary>
/// <param name="Route">Its topic.</param>
/// <param name="Key">The message's key.</param>
/// <param name="Properties">The message's properties as the log takes them.</param>
/// <param name="Body">Its payload.</param>
/// <param name="DelaySeconds">Will Delay Interval.</param>
internal sealed record Will(TopicRoute Route, byte[] Key, byte[] Properties, byte[] Body, uint DelaySeconds);
