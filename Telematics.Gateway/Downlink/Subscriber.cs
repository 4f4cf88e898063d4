using System.Diagnostics.CodeAnalysis;
using Telematics.Mqtt.Packets;

namespace Telematics.Gateway.Downlink;

/// <summary>A session in the subscription index.</summary>
/// <param name="Session">Its slot.</param>
/// <param name="Options">Options of this subscription.</param>
/// <param name="Identifier">Subscription Identifier, or 0.</param>
internal readonly record struct Subscriber(int Session, SubscriptionOptions Options, int Identifier)
{
    /// <summary>One session has one subscription for a filter, whatever its options.</summary>
    public sealed class BySession : IEqualityComparer<Subscriber>
    {
        public bool Equals(Subscriber x, Subscriber y) => x.Session == y.Session;

        public int GetHashCode([DisallowNull] Subscriber obj) => obj.Session;
    }
}
