using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace Telematics.Storage.Postgres;

/// <summary>For <c>dotnet ef migrations add NAME --context PostgresTelematicsDbContext --output-dir Migrations/Postgres</c>.</summary>
internal sealed class PostgresDesignTimeFactory : IDesignTimeDbContextFactory<PostgresTelematicsDbContext>
{
    public PostgresTelematicsDbContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<PostgresTelematicsDbContext>().UseNpgsql("Host=localhost").Options);
}
