namespace Telematics.Api;

/// <summary>Where the API lives.</summary>
internal static class ApiRoutes
{
    /// <summary>Everything below is the API's: its errors are problems.</summary>
    public const string Root = "/api";

    /// <summary>Version 1.</summary>
    public const string Version1 = "/api/v1";
}
