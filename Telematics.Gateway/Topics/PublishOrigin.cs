using Telematics.Gateway.Sessions;

namespace Telematics.Gateway.Topics;

/// <summary>Who publishes.</summary>
/// <param name="ClientId">The client.</param>
/// <param name="IsClean">Whether its session ends with its connection.</param>
/// <param name="Channels">Names channels.</param>
/// <param name="Loop">Index of its loop.</param>
/// <param name="Slot">Its connection's slot.</param>
/// <param name="Generation">The slot's generation.</param>
internal readonly record struct PublishOrigin(string ClientId, bool IsClean, ChannelId Channels, int Loop, int Slot, int Generation);
