using Microsoft.Extensions.Options;
using Telematics.Gateway;
using Telematics.RocketMQ;
using Telematics.Storage;

namespace Telematics.Host.Settings;

/// <summary>Refuses combinations of roles and providers that cannot work.</summary>
internal sealed class TelematicsOptionsValidator(IConfiguration configuration) : IValidateOptions<TelematicsOptions>
{
    private const string AllRoles = "this process must have all roles (gateway, ingest, commands, api)";
    private const string BrokersKey = $"{RocketMQOptions.SectionName}:{nameof(RocketMQOptions.Brokers)}";

    public ValidateOptionsResult Validate(string? name, TelematicsOptions options)
    {
        var failures = new List<string>();
        if (!options.TryGetRoles(out var roles, out var unknown))
        {
            failures.Add($"Telematics:Roles: '{unknown}' is no role; the roles are gateway, ingest, commands, api and all.");
        }
        else if (roles != Role.All)
        {
            CheckParts(options, ProcessParts.Read(configuration), failures);
        }

        if (string.IsNullOrWhiteSpace(options.DataDirectory))
        {
            failures.Add("Telematics:DataDirectory is empty; it must name a folder.");
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    /// <summary>Several processes need a log and a database that serve several processes.</summary>
    private void CheckParts(TelematicsOptions options, ProcessParts parts, List<string> failures)
    {
        if (parts.Messaging == MessagingProvider.Embedded)
        {
            failures.Add($"Telematics:Roles is '{options.Roles}', but the embedded log serves one process only: set {MessagingOptions.SectionName}:{nameof(MessagingOptions.Provider)}=RocketMQ, or {AllRoles}.");
        }

        // The one broker that is registered at this moment may be another one than that of the other processes, whose broker is away.
        // A process with all roles has the offsets of all queues in its database, and refuses a broker without them.
        if (parts.Messaging == MessagingProvider.RocketMQ && string.IsNullOrWhiteSpace(configuration[BrokersKey]))
        {
            failures.Add($"Telematics:Roles is '{options.Roles}', but {BrokersKey} is empty: name the brokers that all processes use, in one order (one broker, too), or {AllRoles}.");
        }

        if (parts.HasDatabase && !parts.HasPostgres)
        {
            var why = parts.Roles == Role.Gateway ? $" ({GatewayOptions.SectionName}:{nameof(GatewayOptions.Authentication)}=Credential checks log-ins there)" : "";
            failures.Add($"Telematics:Roles is '{options.Roles}' and needs the database{why}, but the SQLite file serves one process only: name a PostgreSQL database in ConnectionStrings:{StorageOptions.ConnectionStringName}, or {AllRoles}.");
        }
    }
}
