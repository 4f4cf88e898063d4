using Telematics.Mqtt.Packets;

namespace Telematics.Gateway.Downlink;

/// <summary>A session's subscriptions; few, so a list.</summary>
internal sealed class SubscriptionList
{
    private readonly List<Subscription> _items = [];

    public IReadOnlyList<Subscription> Items => _items;

    /// <summary>Whether a filter is subscribed to.</summary>
    public bool Contains(ReadOnlySpan<byte> filter) => IndexOf(filter) >= 0;

    /// <summary>Adds, or replaces the one with the same filter.</summary>
    public void Set(Subscription subscription)
    {
        var index = IndexOf(subscription.Filter);
        if (index >= 0)
        {
            _items[index] = subscription;
        }
        else
        {
            _items.Add(subscription);
        }
    }

    /// <summary>Removes; false when there was none.</summary>
    public bool Remove(ReadOnlySpan<byte> filter)
    {
        var index = IndexOf(filter);
        if (index >= 0)
        {
            _items.RemoveAt(index);
        }

        return index >= 0;
    }

    private int IndexOf(ReadOnlySpan<byte> filter)
    {
        for (var i = 0; i < _items.Count; i++)
        {
            if (filter.SequenceEqual(_items[i].Filter))
            {
                return i;
            }
        }

        return -1;
    }
}

/// <summary>One subscription.</summary>
/// <param name="Filter">Topic filter.</param>
/// <param name="Options">Options as granted.</param>
/// <param name="Identifier">Subscription Identifier, or 0.</param>
internal readonly record struct Subscription(byte[] Filter, SubscriptionOptions Options, int Identifier);
