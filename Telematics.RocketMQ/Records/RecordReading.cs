namespace Telematics.RocketMQ.Records;

/// <summary>How the reading of one stored record ended.</summary>
internal enum RecordReading
{
    /// <summary>It was read.</summary>
    Read,

    /// <summary>Its size is sound but its magic is not known: it can be stepped over.</summary>
    UnknownLayout,

    /// <summary>Its size is sound but its parts are not: it can be stepped over.</summary>
    Unreadable,

    /// <summary>Not even its size is sound: nothing behind it can be read.</summary>
    Malformed,
}
