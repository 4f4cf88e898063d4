using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Telematics.Storage.Migrations.Postgres
{
    /// <summary>
    /// Cars that report in step stand beside each other in vehicle_latest and are updated by one transaction: a page must
    /// hold each of its rows twice, or half of the updates leave it and touch the index.
    /// </summary>
    public partial class RoomForUpdates : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder) =>
            migrationBuilder.Sql("ALTER TABLE vehicle_latest SET (fillfactor = 45);");

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder) =>
            migrationBuilder.Sql("ALTER TABLE vehicle_latest SET (fillfactor = 70);");
    }
}
