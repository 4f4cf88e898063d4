using System.ComponentModel.DataAnnotations;

namespace Telematics.Api;

/// <summary>Settings of the REST API.</summary>
public sealed class ApiOptions
{
    /// <summary>Configuration section.</summary>
    public const string SectionName = "Telematics:Api";

    /// <summary>How callers are known. <see cref="ApiAuthentication.None"/> is refused unless HTTP listens on the loopback address only.</summary>
    [EnumDataType(typeof(ApiAuthentication), ErrorMessage = "Telematics:Api:Authentication must be None or ApiKey.")]
    public ApiAuthentication Authentication { get; set; } = ApiAuthentication.None;

    /// <summary>The most live streams (server-sent events) open at once; each costs a connection and its share of the updates.</summary>
    [Range(1, 100_000, ErrorMessage = "Telematics:Api:MaxLiveStreams must be 1 to 100000.")]
    public int MaxLiveStreams { get; set; } = 1_000;

    /// <summary>Whether the scheduler's page <c>/hangfire</c> is there, for administrators; a browser logs in with an API key as password.</summary>
    public bool HangfireDashboard { get; set; }

    /// <summary>The most exports of histories under way at once; each reads the database as fast as its caller takes the file, and keeps a row group in memory.</summary>
    [Range(1, 1_000, ErrorMessage = "Telematics:Api:MaxExports must be 1 to 1000.")]
    public int MaxExports { get; set; } = 4;
}

/// <summary>How callers of the API are known.</summary>
public enum ApiAuthentication
{
    /// <summary>Not at all: everybody on this machine is an administrator.</summary>
    None,

    /// <summary>A key as <c>Authorization: Bearer</c>.</summary>
    ApiKey,
}
