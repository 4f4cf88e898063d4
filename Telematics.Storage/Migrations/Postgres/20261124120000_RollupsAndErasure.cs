using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Telematics.Storage.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class RollupsAndErasure : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<DateTime>(
                name: "erased_at",
                table: "vehicle",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "erasure",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    vehicle_key = table.Column<long>(type: "bigint", nullable: false),
                    vehicle_id = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false, collation: "C"),
                    state = table.Column<int>(type: "integer", nullable: false),
                    step = table.Column<int>(type: "integer", nullable: false),
                    telemetry_rows = table.Column<long>(type: "bigint", nullable: false),
                    rollup_rows = table.Column<long>(type: "bigint", nullable: false),
                    command_rows = table.Column<long>(type: "bigint", nullable: false),
                    rejected_rows = table.Column<long>(type: "bigint", nullable: false),
                    requested_by = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false, collation: "C"),
                    requested_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    completed_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_erasure", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "rollup_progress",
                columns: table => new
                {
                    id = table.Column<int>(type: "integer", nullable: false),
                    noted_before = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    rolled_up_to = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    raw_from = table.Column<DateTime>(type: "timestamp with time zone", nullable: false)
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

            // The rollups are divided by time as telemetry is.
            migrationBuilder.Sql(
                """
                DO $$
                DECLARE
                    columns text := '
                    vehicle_key bigint NOT NULL,
                    time timestamp with time zone NOT NULL,
                    first_time timestamp with time zone NOT NULL,
                    last_time timestamp with time zone NOT NULL,
                    speed_sum double precision,
                    speed_last_time timestamp with time zone,
                    distance_from bigint,
                    distance_to bigint,
                    power_sum double precision,
                    first_latitude double precision,
                    first_longitude double precision,
                    first_position_time timestamp with time zone,
                    last_latitude double precision,
                    last_longitude double precision,
                    last_position_time timestamp with time zone,
                    samples integer NOT NULL,
                    speed_count integer NOT NULL,
                    speed_min real,
                    speed_max real,
                    speed_last real,
                    power_count integer NOT NULL,
                    PRIMARY KEY (vehicle_key, time)';
                BEGIN
                    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') THEN
                        EXECUTE 'CREATE TABLE telemetry_1m (' || columns || ')';
                        PERFORM create_hypertable('telemetry_1m', by_range('time', INTERVAL '1 day'), create_default_indexes => false);
                        EXECUTE 'CREATE TABLE telemetry_1h (' || columns || ')';
                        PERFORM create_hypertable('telemetry_1h', by_range('time', INTERVAL '7 days'), create_default_indexes => false);
                    ELSE
                        EXECUTE 'CREATE TABLE telemetry_1m (' || columns || ') PARTITION BY RANGE (time)';
                        CREATE TABLE telemetry_1m_default PARTITION OF telemetry_1m DEFAULT;
                        EXECUTE 'CREATE TABLE telemetry_1h (' || columns || ') PARTITION BY RANGE (time)';
                        CREATE TABLE telemetry_1h_default PARTITION OF telemetry_1h DEFAULT;
                    END IF;
                END
                $$;
                CREATE TABLE telemetry_late_hour (
                    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_telemetry_late_hour PRIMARY KEY,
                    vehicle_key bigint NOT NULL,
                    hour timestamp with time zone NOT NULL
                );
                CREATE INDEX ix_telemetry_late_hour_vehicle_key_hour ON telemetry_late_hour (vehicle_key, hour);
                INSERT INTO rollup_progress (id, noted_before, rolled_up_to, raw_from)
                SELECT 1, minute, minute, '0001-01-01 00:00:00+00' FROM (SELECT date_trunc('minute', now()) AS minute) AS now;
                INSERT INTO telemetry_late_hour (vehicle_key, hour)
                SELECT DISTINCT vehicle_key, date_bin('1 hour', time, '2000-01-01 00:00:00+00') FROM telemetry
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
