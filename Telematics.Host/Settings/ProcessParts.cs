using Telematics.Gateway;
using Telematics.Storage;

namespace Telematics.Host.Settings;

/// <summary>Of what this process consists, as its settings say.</summary>
/// <param name="Roles">What it does.</param>
/// <param name="Messaging">Its message log.</param>
/// <param name="HasPostgres">Whether a PostgreSQL database is named; else the database is the SQLite file.</param>
/// <param name="ChecksLogIns">Whether its gateway asks for credentials.</param>
internal sealed record ProcessParts(Role Roles, MessagingProvider Messaging, bool HasPostgres, bool ChecksLogIns)
{
    /// <summary>Whether it opens a database: a gateway keeps nothing, so alone it needs one for log-ins only.</summary>
    public bool HasDatabase => Roles != Role.Gateway || ChecksLogIns;

    /// <summary>Whether it keeps files: the embedded log, or SQLite's.</summary>
    public bool HasDataFolder => Messaging == MessagingProvider.Embedded || (HasDatabase && !HasPostgres);

    /// <summary>Whether it runs the recurring work on the database, beside whoever writes most of it.</summary>
    public bool RunsMaintenance => Has(Role.Ingest);

    /// <summary>Whether it has a role.</summary>
    public bool Has(Role role) => (Roles & role) != 0;

    /// <summary>Reads the settings. What cannot be read counts as left out: <see cref="SettingsCheck"/> reports it.</summary>
    public static ProcessParts Read(IConfiguration configuration)
    {
        var options = new TelematicsOptions();
        if (configuration[$"{TelematicsOptions.SectionName}:{nameof(TelematicsOptions.Roles)}"] is { } roles)
        {
            options.Roles = roles;
        }

        return new ProcessParts(
            options.TryGetRoles(out var known, out _) ? known : Role.All,
            Read<MessagingProvider>(configuration, $"{MessagingOptions.SectionName}:{nameof(MessagingOptions.Provider)}"),
            configuration.GetConnectionString(StorageOptions.ConnectionStringName) is { Length: > 0 },
            Read<GatewayAuthentication>(configuration, $"{GatewayOptions.SectionName}:{nameof(GatewayOptions.Authentication)}") == GatewayAuthentication.Credential);
    }

    private static T Read<T>(IConfiguration configuration, string key)
        where T : struct, Enum =>
        Enum.TryParse<T>(configuration[key], ignoreCase: true, out var value) ? value : default;
}
