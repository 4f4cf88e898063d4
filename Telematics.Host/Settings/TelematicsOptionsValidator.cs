using Microsoft.Extensions.Options;

namespace Telematics.Host.Settings;

/// <summary>Refuses combinations of roles and providers that cannot work.</summary>
internal sealed class TelematicsOptionsValidator : IValidateOptions<TelematicsOptions>
{
    public ValidateOptionsResult Validate(string? name, TelematicsOptions options)
    {
        var failures = new List<string>();
        if (!options.TryGetRoles(out var roles, out var unknown))
        {
            failures.Add($"Telematics:Roles: '{unknown}' is no role; the roles are gateway, ingest, commands, api and all.");
        }
        else if (roles != Role.All)
        {
            failures.Add($"Telematics:Roles is '{options.Roles}': the embedded log and the SQLite file serve one process only, so it must have all roles (gateway, ingest, commands, api).");
        }

        if (string.IsNullOrWhiteSpace(options.DataDirectory))
        {
            failures.Add("Telematics:DataDirectory is empty; it must name a folder.");
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
