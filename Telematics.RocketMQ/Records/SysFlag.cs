namespace Telematics.RocketMQ.Records;

/// <summary>The system flags of a record and of a send (RocketMQ's <c>MessageSysFlag</c>).</summary>
[Flags]
internal enum SysFlag
{
    None = 0,

    /// <summary>The body is compressed, by the algorithm of <see cref="CompressionType"/>.</summary>
    Compressed = 0x01,

    TransactionPrepared = 0x04,

    TransactionCommit = 0x08,

    /// <summary>The born host has 16 bytes.</summary>
    BornHostIPv6 = 0x10,

    /// <summary>The store host has 16 bytes.</summary>
    StoreHostIPv6 = 0x20,

    /// <summary>Together: the body holds several messages (<see cref="InnerBatch"/>).</summary>
    InnerBatch = 0x40 | 0x80,

    CompressionLz4 = 0x100,

    CompressionZstd = 0x200,

    CompressionZlib = 0x300,

    /// <summary>The bits that name the algorithm; none of them means zlib, as old clients send it.</summary>
    CompressionType = 0x700,
}
