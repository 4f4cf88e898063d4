using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace Telematics.Storage.Sqlite;

/// <summary>For <c>dotnet ef migrations add NAME --context SqliteTelematicsDbContext --output-dir Migrations/Sqlite</c>.</summary>
internal sealed class SqliteDesignTimeFactory : IDesignTimeDbContextFactory<SqliteTelematicsDbContext>
{
    public SqliteTelematicsDbContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<SqliteTelematicsDbContext>().UseSqlite("Data Source=:memory:").Options);
}
