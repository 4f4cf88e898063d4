namespace Telematics.Storage.Postgres;

/// <summary>PostgreSQL's text has no character U+0000, which a car or another producer may well send.</summary>
internal static class PostgresText
{
    /// <summary>The text with U+FFFD in its place, as Unicode advises for what cannot be shown.</summary>
    public static string Clean(string text) => text.Contains('\0', StringComparison.Ordinal) ? text.Replace('\0', '\uFFFD') : text;
}
