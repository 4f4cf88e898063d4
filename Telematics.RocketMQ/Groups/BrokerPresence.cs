namespace Telematics.RocketMQ.Groups;

/// <summary>How a member stands with one broker.</summary>
/// <param name="address">The broker's address.</param>
/// <param name="isNew">The member has joined before this broker appeared, or appeared again: it may just have been started.</param>
internal sealed class BrokerPresence(string address, bool isNew)
{
    /// <summary>
    /// After a broker's restart its list of members fills up as they come back, within a heartbeat's interval. Until then a list
    /// without somebody does not say that they left.
    /// </summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(35);

    private long _rejoinedAt;
    private bool _wasLost = isNew;

    public string Address => address;

    /// <summary>Whether the newest connection has carried a heartbeat.</summary>
    public bool IsJoined { get; private set; }

    /// <summary>Whether the newest heartbeat failed.</summary>
    public bool HasFailed { get; set; }

    public void Lost()
    {
        IsJoined = false;
        _wasLost = true;
    }

    public void Joined(TimeProvider time)
    {
        if (!IsJoined && _wasLost)
        {
            _rejoinedAt = time.GetTimestamp();
        }

        IsJoined = true;
    }

    /// <summary>Whether somebody who is missing in this broker's list has left.</summary>
    public bool IsSettled(TimeProvider time) => IsJoined && (!_wasLost || time.GetElapsedTime(_rejoinedAt) > Settling);
}
