namespace Telematics.RocketMQ.Producing;

/// <summary>
/// Whether a failure inside the broker (<see cref="SendVerdict.Suspect"/>) is the fault of what was sent. For one message alone it is
/// only when the broker stores others meanwhile: without its replicas, or with a full disk, it fails for every message, and may be so
/// for hours.
/// </summary>
internal sealed class Suspicion(StoredBatches.Count stored)
{
    // Before a batch is sent in parts; and for a message alone some 20 s: long enough for a failure inside the broker to pass, short
    // enough not to hold the queue for ever for a message that causes it.
    private const int Tries = 5;
    private const int TriesAlone = 30;

    // Of the tries of a message, alone or in a part, those between which the broker stored others': more than one, since one may have
    // been on its way when a broker recovered.
    private const int TriesBesideStored = 2;

    private long? _storedBefore;
    private int _tries;
    private int _triesBesideStored;

    /// <summary>Another part is sent: of the one that failed, so that what is stored of it counts, or of what comes behind.</summary>
    public void BeginPart() => _tries = 0;

    /// <summary>One more failure; true when it is to be looked for the message, or the message alone is to be refused.</summary>
    /// <param name="isAlone">Whether one message was sent.</param>
    public bool IsConfirmedBy(bool isAlone)
    {
        var storedNow = stored.Value;
        _tries++;
        if (_storedBefore is { } before && storedNow != before)
        {
            _triesBesideStored++;
        }

        _storedBefore = storedNow;
        if (!isAlone)
        {
            return _tries >= Tries;
        }

        if (_tries < TriesAlone)
        {
            return false;
        }

        // A broker that works for a moment now and then, in hours of failure, says nothing about this message.
        var isConfirmed = _triesBesideStored >= TriesBesideStored;
        (_tries, _triesBesideStored) = (0, 0);
        return isConfirmed;
    }
}
