using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Telematics.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class MessageParts : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "next_part",
                table: "consumer_offset",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "next_part",
                table: "consumer_offset");
        }
    }
}
