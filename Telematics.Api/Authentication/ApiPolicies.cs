using Telematics.Storage.Model;

namespace Telematics.Api.Authentication;

/// <summary>What an endpoint asks of its caller; one policy for each role.</summary>
internal static class ApiPolicies
{
    /// <summary>Reading: every key.</summary>
    public const string View = "telematics.view";

    /// <summary>Commanding vehicles: supervisors and administrators.</summary>
    public const string Supervise = "telematics.supervise";

    /// <summary>Registry and credentials: administrators.</summary>
    public const string Administer = "telematics.administer";

    /// <summary>The policies with the least role that passes.</summary>
    public static IReadOnlyDictionary<string, ApiRole> LeastRoles { get; } = new Dictionary<string, ApiRole>
    {
        [View] = ApiRole.Viewer,
        [Supervise] = ApiRole.Supervisor,
        [Administer] = ApiRole.Administrator,
    };
}
