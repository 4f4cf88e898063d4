namespace Telematics.Host.Settings;

/// <summary>Which message log there is; each has a section of its own below this one.</summary>
internal sealed class MessagingOptions
{
    public const string SectionName = "Telematics:Messaging";

    /// <summary>Where messages are kept.</summary>
    public MessagingProvider Provider { get; set; } = MessagingProvider.Embedded;
}

/// <summary>The message logs.</summary>
internal enum MessagingProvider
{
    /// <summary>Files in the data folder, of this process alone.</summary>
    Embedded,

    /// <summary>A RocketMQ cluster, for any number of processes.</summary>
    RocketMQ,
}
