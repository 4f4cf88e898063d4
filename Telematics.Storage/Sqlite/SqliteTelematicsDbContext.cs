using Microsoft.EntityFrameworkCore;

namespace Telematics.Storage.Sqlite;

/// <summary>The model on SQLite, with migrations of its own.</summary>
internal sealed class SqliteTelematicsDbContext(DbContextOptions<SqliteTelematicsDbContext> options) : TelematicsDbContext(options)
{
    /// <inheritdoc/>
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        configurationBuilder.Properties<DateTime>().HaveConversion<UnixMicrosecondsConverter>();
        // The same for parameters and results of raw SQL.
        configurationBuilder.DefaultTypeMapping<DateTime>().HasConversion<UnixMicrosecondsConverter>();
    }
}
