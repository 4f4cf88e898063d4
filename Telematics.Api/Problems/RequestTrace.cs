using System.Diagnostics;

namespace Telematics.Api.Problems;

/// <summary>The id by which an answer is found in the log.</summary>
internal static class RequestTrace
{
    /// <summary>The W3C trace id, or the server's own id of the request when no trace is running.</summary>
    public static string IdOf(HttpContext context) => Activity.Current?.TraceId.ToHexString() ?? context.TraceIdentifier;
}
