namespace Telematics.Mqtt.Topics;

/// <summary>
/// Who subscribes to what: a tree by topic level. One thread at a time; matching allocates nothing and must not be
/// mixed with changes (a visitor may not add or remove).
/// </summary>
/// <typeparam name="T">A subscriber with what belongs to its subscription (QoS, options).</typeparam>
/// <param name="comparer">Which subscribers are the same one, whatever their options; default equality when null.</param>
public sealed class SubscriptionIndex<T>(IEqualityComparer<T>? comparer = null)
{
    private readonly IEqualityComparer<T> _comparer = comparer ?? EqualityComparer<T>.Default;
    private readonly Node _root = new();

    /// <summary>Number of subscriptions.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a subscription, or replaces the same subscriber's (§3.8.4 [MQTT-3.8.4-3]); true when it is new.</summary>
    /// <exception cref="ArgumentException">The filter is invalid, shared, or has more than <see cref="TopicFilter.MaximumLevels"/> levels.</exception>
    public bool Add(ReadOnlySpan<byte> filter, T subscriber)
    {
        if (!TopicFilter.IsValid(filter) || TopicFilter.IsShared(filter) || TopicFilter.CountLevels(filter) > TopicFilter.MaximumLevels)
        {
            throw new ArgumentException($"Not a topic filter of up to {TopicFilter.MaximumLevels} levels without a share.", nameof(filter));
        }

        var node = _root;
        for (var isLast = false; !isLast;)
        {
            node = node.GetOrAdd(TopicName.TakeLevel(ref filter, out isLast));
        }

        if (!node.Subscribers.Add(subscriber, _comparer))
        {
            return false;
        }

        Count++;
        return true;
    }

    /// <summary>Removes a subscription; true when it existed.</summary>
    public bool Remove(ReadOnlySpan<byte> filter, T subscriber)
    {
        if (TopicFilter.CountLevels(filter) > TopicFilter.MaximumLevels || !Remove(_root, filter, subscriber))
        {
            return false;
        }

        Count--;
        return true;
    }

    /// <summary>Shows a visitor every subscription that a valid topic name reaches.</summary>
    public void Match<TVisitor>(ReadOnlySpan<byte> topic, ref TVisitor visitor)
        where TVisitor : struct, ISubscriptionVisitor<T>, allows ref struct =>
        Match(_root, topic, isEnd: false, withWildcards: topic is not [(byte)'$', ..], ref visitor);

    /// <summary>Adds every subscription that a valid topic name reaches to a list.</summary>
    public void Match(ReadOnlySpan<byte> topic, List<T> subscribers)
    {
        var visitor = new Collector(subscribers);
        Match(topic, ref visitor);
    }

    private static void Match<TVisitor>(Node node, ReadOnlySpan<byte> rest, bool isEnd, bool withWildcards, ref TVisitor visitor)
        where TVisitor : struct, ISubscriptionVisitor<T>, allows ref struct
    {
        if (withWildcards && node.Multi is { } multi)
        {
            multi.Subscribers.Visit(ref visitor);
        }

        if (isEnd)
        {
            node.Subscribers.Visit(ref visitor);
            return;
        }

        var level = TopicName.TakeLevel(ref rest, out var isLast);
        if (withWildcards && node.Single is { } single)
        {
            Match(single, rest, isLast, withWildcards: true, ref visitor);
        }

        if (node.Find(level) is { } child)
        {
            Match(child, rest, isLast, withWildcards: true, ref visitor);
        }
    }

    private bool Remove(Node node, ReadOnlySpan<byte> rest, T subscriber)
    {
        var level = TopicName.TakeLevel(ref rest, out var isLast);
        if (node.Find(level) is not { } child
            || !(isLast ? child.Subscribers.Remove(subscriber, _comparer) : Remove(child, rest, subscriber)))
        {
            return false;
        }

        if (child.IsEmpty)
        {
            node.Remove(level);
        }

        return true;
    }

    private readonly struct Collector(List<T> subscribers) : ISubscriptionVisitor<T>
    {
        public void Visit(T subscriber) => subscribers.Add(subscriber);
    }

    private sealed class Node
    {
        public SubscriberSet<T> Subscribers;
        private Dictionary<byte[], Node>? _children;

        /// <summary>Behind <c>+</c>.</summary>
        public Node? Single { get; private set; }

        /// <summary>Behind <c>#</c>.</summary>
        public Node? Multi { get; private set; }

        public bool IsEmpty => Subscribers.Count == 0 && Single is null && Multi is null && _children is not { Count: > 0 };

        public Node? Find(ReadOnlySpan<byte> level) => level switch
        {
            [(byte)'+'] => Single,
            [(byte)'#'] => Multi,
            _ when _children is not null && _children.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(level, out var child) => child,
            _ => null,
        };

        public Node GetOrAdd(ReadOnlySpan<byte> level)
        {
            switch (level)
            {
                case [(byte)'+']:
                    return Single ??= new Node();
                case [(byte)'#']:
                    return Multi ??= new Node();
                default:
                    if (Find(level) is { } child)
                    {
                        return child;
                    }

                    _children ??= new Dictionary<byte[], Node>(LevelComparer.Instance);
                    return _children[level.ToArray()] = new Node();
            }
        }

        public void Remove(ReadOnlySpan<byte> level)
        {
            switch (level)
            {
                case [(byte)'+']:
                    Single = null;
                    break;
                case [(byte)'#']:
                    Multi = null;
                    break;
                default:
                    _children!.GetAlternateLookup<ReadOnlySpan<byte>>().Remove(level);
                    if (_children.Count == 0)
                    {
                        _children = null;
                    }

                    break;
            }
        }
    }
}
