using Microsoft.Extensions.Options;
using Npgsql;
using Telematics.Storage;
using Telematics.Storage.Postgres;
using Xunit;

namespace Telematics.Tests.Storage.Postgres;

public sealed class PostgresDatabaseTests
{
    [Fact]
    public async Task A_connection_beside_the_pool_goes_to_the_same_database_also_when_the_connection_string_names_none()
    {
        await using var database = new PostgresDatabase("Host=db.example;Username=fleet", Options.Create(new StorageOptions()));
        await using var connection = database.CreateOwnConnection("test");
        var settings = new NpgsqlConnectionStringBuilder(connection.ConnectionString);
        Assert.Equal(("db.example", "telematics", false, "Telematics test"), (settings.Host, settings.Database, settings.Pooling, settings.ApplicationName));
        Assert.Contains("database telematics on db.example:5432", database.Location, StringComparison.Ordinal);
    }
}
