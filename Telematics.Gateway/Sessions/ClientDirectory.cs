using System.Text;

namespace Telematics.Gateway.Sessions;

/// <summary>
/// Which loop has a client identifier's session. Asked when a client connects or leaves and when an order for it comes,
/// never for a publish; striped, so that loops rarely meet at a lock.
/// </summary>
internal sealed class ClientDirectory
{
    private const int Stripes = 64;
    private const int MaxKeyChars = 256;

    private readonly Stripe[] _stripes = [.. Enumerable.Range(0, Stripes).Select(_ => new Stripe())];

    /// <summary>Makes an address the one of a client identifier and answers the one before, whose loop must be asked for the session.</summary>
    public SessionAddress? Claim(string clientId, SessionAddress address)
    {
        var stripe = StripeOf(clientId);
        lock (stripe.Gate)
        {
            SessionAddress? before = stripe.Addresses.TryGetValue(clientId, out var found) ? found : null;
            stripe.Addresses[clientId] = address;
            return before;
        }
    }

    /// <summary>Removes a client identifier if it still has this address; false when another loop has claimed it.</summary>
    public bool Release(string clientId, SessionAddress address)
    {
        var stripe = StripeOf(clientId);
        lock (stripe.Gate)
        {
            if (!stripe.Addresses.TryGetValue(clientId, out var found) || found != address)
            {
                return false;
            }

            stripe.Addresses.Remove(clientId);
            return true;
        }
    }

    /// <summary>Finds a client identifier.</summary>
    public bool TryFind(ReadOnlySpan<char> clientId, out SessionAddress address)
    {
        var stripe = StripeOf(clientId);
        lock (stripe.Gate)
        {
            return stripe.Lookup.TryGetValue(clientId, out address);
        }
    }

    /// <summary>Finds a client identifier given in UTF-8.</summary>
    public bool TryFind(ReadOnlySpan<byte> clientId, out SessionAddress address)
    {
        Span<char> text = stackalloc char[MaxKeyChars];
        if (clientId.Length > MaxKeyChars || !Encoding.UTF8.TryGetChars(clientId, text, out var length))
        {
            address = default;
            return false;
        }

        return TryFind(text[..length], out address);
    }

    private Stripe StripeOf(ReadOnlySpan<char> clientId) => _stripes[(uint)string.GetHashCode(clientId) % Stripes];

    private sealed class Stripe
    {
        public Stripe() => Lookup = Addresses.GetAlternateLookup<ReadOnlySpan<char>>();

        public Lock Gate { get; } = new();

        public Dictionary<string, SessionAddress> Addresses { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, SessionAddress>.AlternateLookup<ReadOnlySpan<char>> Lookup { get; }
    }
}
