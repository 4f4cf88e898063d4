using Telematics.Gateway.Downlink;

namespace Telematics.Gateway.Sessions;

/// <summary>What moves of a session.</summary>
internal sealed class SessionContent
{
    public required uint Expiry { get; init; }

    public required ushort LastPacketId { get; init; }

    /// <summary>Number of the last messages of topics that the giving loop had delivered.</summary>
    public required long SeenTopics { get; init; }

    public required SubscriptionList? Subscriptions { get; init; }

    public required Outbox? Outbox { get; init; }
}

/// <summary>A session on its way to the loop that claimed it.</summary>
/// <param name="to">The claiming session.</param>
/// <param name="content">What there was, or null.</param>
internal sealed class SessionTransfer(SessionAddress to, SessionContent? content) : ILoopWork
{
    /// <inheritdoc/>
    public void Run(SessionLoop loop) => loop.Register.OnTransfer(to, content);
}
