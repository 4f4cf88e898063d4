using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Telematics.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class RollupsAndErasure : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "erased_at",
                table: "vehicle",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "erasure",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    vehicle_key = table.Column<long>(type: "INTEGER", nullable: false),
                    vehicle_id = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    state = table.Column<int>(type: "INTEGER", nullable: false),
                    step = table.Column<int>(type: "INTEGER", nullable: false),
                    telemetry_rows = table.Column<long>(type: "INTEGER", nullable: false),
                    rollup_rows = table.Column<long>(type: "INTEGER", nullable: false),
                    command_rows = table.Column<long>(type: "INTEGER", nullable: false),
                    rejected_rows = table.Column<long>(type: "INTEGER", nullable: false),
                    requested_by = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false),
                    requested_at = table.Column<long>(type: "INTEGER", nullable: false),
                    completed_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_erasure", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "rollup_progress",
                columns: table => new
                {
                    id = table.Column<int>(type: "INTEGER", nullable: false),
                    noted_before = table.Column<long>(type: "INTEGER", nullable: false),
                    rolled_up_to = table.Column<long>(type: "INTEGER", nullable: false),
                    raw_from = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_rollup_progress", x => x.id);
                });

            migrationBuilder.CreateIndex(
                name: "ix_erasure_state",
                table: "erasure",
                column: "state",
                filter: "state = 0");

            migrationBuilder.CreateIndex(
                name: "ix_erasure_vehicle_key",
                table: "erasure",
                column: "vehicle_key");

            migrationBuilder.Sql(
                """
                CREATE TABLE telemetry_1m (
                    vehicle_key INTEGER NOT NULL,
                    time INTEGER NOT NULL,
                    first_time INTEGER NOT NULL,
                    last_time INTEGER NOT NULL,
                    speed_sum REAL,
                    speed_last_time INTEGER,
                    distance_from INTEGER,
                    distance_to INTEGER,
                    power_sum REAL,
                    first_latitude REAL,
                    first_longitude REAL,
                    first_position_time INTEGER,
                    last_latitude REAL,
                    last_longitude REAL,
                    last_position_time INTEGER,
                    samples INTEGER NOT NULL,
                    speed_count INTEGER NOT NULL,
                    speed_min REAL,
                    speed_max REAL,
                    speed_last REAL,
                    power_count INTEGER NOT NULL,
                    PRIMARY KEY (vehicle_key, time)
                ) WITHOUT ROWID;
                CREATE TABLE telemetry_1h (
                    vehicle_key INTEGER NOT NULL,
                    time INTEGER NOT NULL,
                    first_time INTEGER NOT NULL,
                    last_time INTEGER NOT NULL,
                    speed_sum REAL,
                    speed_last_time INTEGER,
                    distance_from INTEGER,
                    distance_to INTEGER,
                    power_sum REAL,
                    first_latitude REAL,
                    first_longitude REAL,
                    first_position_time INTEGER,
                    last_latitude REAL,
                    last_longitude REAL,
                    last_position_time INTEGER,
                    samples INTEGER NOT NULL,
                    speed_count INTEGER NOT NULL,
                    speed_min REAL,
                    speed_max REAL,
                    speed_last REAL,
                    power_count INTEGER NOT NULL,
                    PRIMARY KEY (vehicle_key, time)
                ) WITHOUT ROWID;
                CREATE TABLE telemetry_late_hour (
                    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
                    vehicle_key INTEGER NOT NULL,
                    hour INTEGER NOT NULL
                );
                CREATE INDEX ix_telemetry_late_hour_vehicle_key_hour ON telemetry_late_hour (vehicle_key, hour);
                INSERT INTO rollup_progress (id, noted_before, rolled_up_to, raw_from)
                SELECT 1, minute, minute, -62135596800000000 FROM (SELECT unixepoch() / 60 * 60000000 AS minute);
                INSERT INTO telemetry_late_hour (vehicle_key, hour)
                SELECT DISTINCT vehicle_key, time - (time % 3600000000 + 3600000000) % 3600000000 FROM telemetry
                WHERE time < (SELECT noted_before FROM rollup_progress);
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(name: "telemetry_1m");

            migrationBuilder.DropTable(name: "telemetry_1h");

            migrationBuilder.DropTable(name: "telemetry_late_hour");

            migrationBuilder.DropTable(
                name: "erasure");

            migrationBuilder.DropTable(
                name: "rollup_progress");

            migrationBuilder.DropColumn(
                name: "erased_at",
                table: "vehicle");
        }
    }
}
