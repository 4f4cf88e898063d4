using System.Diagnostics.CodeAnalysis;

namespace Telematics.Host.Settings;

/// <summary>What concerns the process as a whole.</summary>
internal sealed class TelematicsOptions
{
    public const string SectionName = "Telematics";

    /// <summary>The roles of this process, separated by commas: <c>gateway</c>, <c>ingest</c>, <c>commands</c>, <c>api</c>, or <c>all</c>.</summary>
    public string Roles { get; set; } = "all";

    /// <summary>Folder of the embedded log and the SQLite file; made when missing, used by one process at a time.</summary>
    public string DataDirectory { get; set; } = "data";

    /// <summary>Whether listeners beyond the loopback address may do without TLS.</summary>
    public bool AllowPlainText { get; set; }

    /// <summary>Reads <see cref="Roles"/>; false with the word that is no role.</summary>
    public bool TryGetRoles(out Role roles, [NotNullWhen(false)] out string? unknown)
    {
        roles = Role.None;
        foreach (var word in Roles.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (int.TryParse(word, out _) || !Enum.TryParse<Role>(word, ignoreCase: true, out var role) || role == Role.None)
            {
                unknown = word;
                return false;
            }

            roles |= role;
        }

        unknown = roles == Role.None ? "(empty)" : null;
        return roles != Role.None;
    }
}
