namespace Telematics.IntegrationTests.RocketMQ;

/// <summary>What a private cluster is like.</summary>
internal sealed record PrivateRocketMQOptions
{
    /// <summary>Brokers, named <c>broker-a</c>, <c>broker-b</c> and so on.</summary>
    public int Brokers { get; init; } = 1;

    /// <summary>Name servers; every broker registers with each.</summary>
    public int NameServers { get; init; } = 1;

    /// <summary>Lines of <c>broker.conf</c> besides and instead of the usual ones, for all brokers.</summary>
    public IReadOnlyDictionary<string, string> BrokerSettings { get; init; } = new Dictionary<string, string>();

    /// <summary>Name servers and brokers take nothing but TLS; their certificate is signed by <see cref="TestCertificates.Authority"/>.</summary>
    public bool TlsEnforced { get; init; }

    /// <summary>With <see cref="TlsEnforced"/>: a client needs a certificate that the same authority signed.</summary>
    public bool ClientCertificateRequired { get; init; }

    /// <summary>
    /// Access control (ACL 2.0) is on: the brokers know the super user <see cref="PrivateRocketMQ.AdminUser"/> and refuse others.
    /// Name servers ask for nothing.
    /// </summary>
    public bool AccessControl { get; init; }
}
