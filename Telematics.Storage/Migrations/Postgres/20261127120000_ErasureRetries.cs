using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Telematics.Storage.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class ErasureRetries : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "failures",
                table: "erasure",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<string>(
                name: "last_failure",
                table: "erasure",
                type: "character varying(1024)",
                maxLength: 1024,
                nullable: true,
                collation: "C");

            migrationBuilder.AddColumn<DateTime>(
                name: "retry_at",
                table: "erasure",
                type: "timestamp with time zone",
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "failures",
                table: "erasure");

            migrationBuilder.DropColumn(
                name: "last_failure",
                table: "erasure");

            migrationBuilder.DropColumn(
                name: "retry_at",
                table: "erasure");
        }
    }
}
