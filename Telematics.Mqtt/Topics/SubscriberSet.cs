namespace Telematics.Mqtt.Topics;

/// <summary>The subscribers of one filter: a small array, or a hash set when there are many.</summary>
internal struct SubscriberSet<T>
{
    private const int ArrayLimit = 16;

    private T[]? _few;
    private HashSet<T>? _many;
    private int _count;

    public readonly int Count => _many?.Count ?? _count;

    /// <summary>Adds, or replaces an equal one; true when it is new.</summary>
    public bool Add(T subscriber, IEqualityComparer<T> comparer)
    {
        if (_many is not null)
        {
            var isNew = !_many.Remove(subscriber);
            _many.Add(subscriber);
            return isNew;
        }

        var at = IndexOf(subscriber, comparer);
        if (at >= 0)
        {
            _few![at] = subscriber;
            return false;
        }

        if (_count == ArrayLimit)
        {
            _many = new HashSet<T>(_few!, comparer) { subscriber };
            _few = null;
            _count = 0;
            return true;
        }

        if (_few is null || _count == _few.Length)
        {
            Array.Resize(ref _few, _few is null ? 1 : _few.Length * 2);
        }

        _few[_count++] = subscriber;
        return true;
    }

    public bool Remove(T subscriber, IEqualityComparer<T> comparer)
    {
        if (_many is not null)
        {
            return _many.Remove(subscriber);
        }

        var at = IndexOf(subscriber, comparer);
        if (at < 0)
        {
            return false;
        }

        _few![at] = _few[--_count];
        _few[_count] = default!;
        return true;
    }

    public readonly void Visit<TVisitor>(ref TVisitor visitor)
        where TVisitor : struct, ISubscriptionVisitor<T>, allows ref struct
    {
        if (_many is not null)
        {
            foreach (var subscriber in _many)
            {
                visitor.Visit(subscriber);
            }

            return;
        }

        for (var i = 0; i < _count; i++)
        {
            visitor.Visit(_few![i]);
        }
    }

    private readonly int IndexOf(T subscriber, IEqualityComparer<T> comparer)
    {
        for (var i = 0; i < _count; i++)
        {
            if (comparer.Equals(_few![i], subscriber))
            {
                return i;
            }
        }

        return -1;
    }
}
