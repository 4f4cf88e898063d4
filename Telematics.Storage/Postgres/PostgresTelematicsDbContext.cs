using Microsoft.EntityFrameworkCore;

namespace Telematics.Storage.Postgres;

/// <summary>The model on PostgreSQL, with migrations of its own.</summary>
internal sealed class PostgresTelematicsDbContext(DbContextOptions<PostgresTelematicsDbContext> options) : TelematicsDbContext(options)
{
    /// <inheritdoc/>
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        // Compared and sorted by bytes, as in SQLite and in memory, whatever the server's locale is.
        configurationBuilder.Properties<string>().UseCollation("C").HaveConversion<PostgresTextConverter>();
}
