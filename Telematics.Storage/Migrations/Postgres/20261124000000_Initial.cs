using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace Telematics.Storage.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "api_key",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    name = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false, collation: "C"),
                    role = table.Column<int>(type: "integer", nullable: false),
                    key_hash = table.Column<byte[]>(type: "bytea", maxLength: 32, nullable: false),
                    created_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    revoked_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_api_key", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "command",
                columns: table => new
                {
                    order = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    type = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false, collation: "C"),
                    parameters = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    target = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    is_broadcast = table.Column<bool>(type: "boolean", nullable: false),
                    state = table.Column<int>(type: "integer", nullable: false),
                    created_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    not_after = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    completed_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    created_by = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false, collation: "C"),
                    idempotency_key = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: true, collation: "C"),
                    request_hash = table.Column<byte[]>(type: "bytea", maxLength: 32, nullable: true),
                    released_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    release_cursor = table.Column<long>(type: "bigint", nullable: false),
                    release_end = table.Column<long>(type: "bigint", nullable: true),
                    broadcast_deadline = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    canceled_by = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    withdrawn_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    expired_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    count_created = table.Column<long>(type: "bigint", nullable: false),
                    count_queued = table.Column<long>(type: "bigint", nullable: false),
                    count_sent = table.Column<long>(type: "bigint", nullable: false),
                    count_delivered = table.Column<long>(type: "bigint", nullable: false),
                    count_accepted = table.Column<long>(type: "bigint", nullable: false),
                    count_in_progress = table.Column<long>(type: "bigint", nullable: false),
                    count_succeeded = table.Column<long>(type: "bigint", nullable: false),
                    count_failed = table.Column<long>(type: "bigint", nullable: false),
                    count_rejected = table.Column<long>(type: "bigint", nullable: false),
                    count_expired = table.Column<long>(type: "bigint", nullable: false),
                    count_timed_out = table.Column<long>(type: "bigint", nullable: false),
                    count_canceled = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_command", x => x.order);
                });

            migrationBuilder.CreateTable(
                name: "command_event",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    command_order = table.Column<long>(type: "bigint", nullable: false),
                    vehicle_key = table.Column<long>(type: "bigint", nullable: true),
                    from = table.Column<int>(type: "integer", nullable: true),
                    to = table.Column<int>(type: "integer", nullable: true),
                    actor = table.Column<string>(type: "character varying(120)", maxLength: 120, nullable: false, collation: "C"),
                    reason = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: true, collation: "C"),
                    attempt = table.Column<int>(type: "integer", nullable: false),
                    at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_command_event", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "command_execution",
                columns: table => new
                {
                    command_order = table.Column<long>(type: "bigint", nullable: false),
                    vehicle_key = table.Column<long>(type: "bigint", nullable: false),
                    state = table.Column<int>(type: "integer", nullable: false),
                    version = table.Column<int>(type: "integer", nullable: false),
                    attempt = table.Column<int>(type: "integer", nullable: false),
                    instance = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: true, collation: "C"),
                    deadline = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    is_directed = table.Column<bool>(type: "boolean", nullable: false),
                    is_soft = table.Column<bool>(type: "boolean", nullable: false),
                    progress = table.Column<int>(type: "integer", nullable: true),
                    code = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: true, collation: "C"),
                    message = table.Column<string>(type: "character varying(1024)", maxLength: 1024, nullable: true, collation: "C"),
                    result = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    is_late = table.Column<bool>(type: "boolean", nullable: false),
                    updated_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_command_execution", x => new { x.command_order, x.vehicle_key });
                });

            migrationBuilder.CreateTable(
                name: "consumer_offset",
                columns: table => new
                {
                    group = table.Column<string>(type: "character varying(127)", maxLength: 127, nullable: false, collation: "C"),
                    topic = table.Column<string>(type: "character varying(127)", maxLength: 127, nullable: false, collation: "C"),
                    broker = table.Column<string>(type: "character varying(127)", maxLength: 127, nullable: false, collation: "C"),
                    queue_id = table.Column<int>(type: "integer", nullable: false),
                    next_offset = table.Column<long>(type: "bigint", nullable: false),
                    last_offset = table.Column<long>(type: "bigint", nullable: false),
                    last_store_time = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_consumer_offset", x => new { x.group, x.topic, x.broker, x.queue_id });
                });

            migrationBuilder.CreateTable(
                name: "gateway_instance",
                columns: table => new
                {
                    instance = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false, collation: "C"),
                    started_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    last_beat_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    ended_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_gateway_instance", x => x.instance);
                });

            migrationBuilder.CreateTable(
                name: "log_identity",
                columns: table => new
                {
                    id = table.Column<int>(type: "integer", nullable: false),
                    identity = table.Column<string>(type: "character varying(127)", maxLength: 127, nullable: false, collation: "C"),
                    first_seen_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_log_identity", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "producer_progress",
                columns: table => new
                {
                    group = table.Column<string>(type: "character varying(127)", maxLength: 127, nullable: false, collation: "C"),
                    topic = table.Column<string>(type: "character varying(127)", maxLength: 127, nullable: false, collation: "C"),
                    broker = table.Column<string>(type: "character varying(127)", maxLength: 127, nullable: false, collation: "C"),
                    queue_id = table.Column<int>(type: "integer", nullable: false),
                    instance = table.Column<byte[]>(type: "bytea", maxLength: 10, nullable: false),
                    number = table.Column<long>(type: "bigint", nullable: false),
                    updated_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_producer_progress", x => new { x.group, x.topic, x.broker, x.queue_id, x.instance });
                });

            migrationBuilder.CreateTable(
                name: "registry_change",
                columns: table => new
                {
                    number = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    vehicle_key = table.Column<long>(type: "bigint", nullable: false),
                    vehicle_id = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false, collation: "C"),
                    kind = table.Column<int>(type: "integer", nullable: false),
                    at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_registry_change", x => x.number);
                });

            migrationBuilder.CreateTable(
                name: "telemetry_rejected",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    topic = table.Column<string>(type: "character varying(127)", maxLength: 127, nullable: false, collation: "C"),
                    broker = table.Column<string>(type: "character varying(127)", maxLength: 127, nullable: false, collation: "C"),
                    queue_id = table.Column<int>(type: "integer", nullable: false),
                    queue_offset = table.Column<long>(type: "bigint", nullable: false),
                    stored_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    client_id = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    vehicle_id = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    reason = table.Column<int>(type: "integer", nullable: false),
                    detail = table.Column<string>(type: "character varying(1024)", maxLength: 1024, nullable: false, collation: "C"),
                    payload = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_telemetry_rejected", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "trimmed_range",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    group = table.Column<string>(type: "character varying(127)", maxLength: 127, nullable: false, collation: "C"),
                    topic = table.Column<string>(type: "character varying(127)", maxLength: 127, nullable: false, collation: "C"),
                    broker = table.Column<string>(type: "character varying(127)", maxLength: 127, nullable: false, collation: "C"),
                    queue_id = table.Column<int>(type: "integer", nullable: false),
                    from_offset = table.Column<long>(type: "bigint", nullable: false),
                    to_offset = table.Column<long>(type: "bigint", nullable: false),
                    at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_trimmed_range", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "vehicle",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    vehicle_id = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false, collation: "C"),
                    name = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: true, collation: "C"),
                    vin = table.Column<string>(type: "character varying(17)", maxLength: 17, nullable: true, collation: "C"),
                    brand = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true, collation: "C"),
                    model = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true, collation: "C"),
                    attributes = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    created_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    updated_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    deleted_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_vehicle", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "vehicle_connection",
                columns: table => new
                {
                    client_id = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false, collation: "C"),
                    channel_id = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false, collation: "C"),
                    instance = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false, collation: "C"),
                    is_open = table.Column<bool>(type: "boolean", nullable: false),
                    is_vehicle = table.Column<bool>(type: "boolean", nullable: false),
                    address = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: true, collation: "C"),
                    protocol_version = table.Column<int>(type: "integer", nullable: false),
                    connected_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    closed_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    close_reason = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: true, collation: "C"),
                    queue_index = table.Column<int>(type: "integer", nullable: false),
                    queue_offset = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_vehicle_connection", x => x.client_id);
                });

            migrationBuilder.CreateTable(
                name: "vehicle_credential",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    vehicle_key = table.Column<long>(type: "bigint", nullable: false),
                    secret_hash = table.Column<byte[]>(type: "bytea", maxLength: 32, nullable: false),
                    created_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    revoked_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_vehicle_credential", x => x.id);
                });

            migrationBuilder.CreateIndex(
                name: "ix_api_key_key_hash",
                table: "api_key",
                column: "key_hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_api_key_name",
                table: "api_key",
                column: "name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_command_created_by_idempotency_key",
                table: "command",
                columns: new[] { "created_by", "idempotency_key" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_command_id",
                table: "command",
                column: "id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_command_state_not_after",
                table: "command",
                columns: new[] { "state", "not_after" });

            migrationBuilder.CreateIndex(
                name: "ix_command_event_command_order_vehicle_key",
                table: "command_event",
                columns: new[] { "command_order", "vehicle_key" });

            migrationBuilder.CreateIndex(
                name: "ix_command_execution_state_deadline",
                table: "command_execution",
                columns: new[] { "state", "deadline" });

            migrationBuilder.CreateIndex(
                name: "ix_command_execution_undelivered",
                table: "command_execution",
                columns: new[] { "vehicle_key", "command_order" },
                filter: "state <= 2");

            migrationBuilder.CreateIndex(
                name: "ix_command_execution_vehicle_key_command_order",
                table: "command_execution",
                columns: new[] { "vehicle_key", "command_order" });

            migrationBuilder.CreateIndex(
                name: "ix_telemetry_rejected_vehicle_id",
                table: "telemetry_rejected",
                column: "vehicle_id");

            migrationBuilder.CreateIndex(
                name: "ix_vehicle_vehicle_id",
                table: "vehicle",
                column: "vehicle_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_vehicle_credential_vehicle_key",
                table: "vehicle_credential",
                column: "vehicle_key",
                unique: true,
                filter: "revoked_at IS NULL");

            // Wide types first: no padding between the columns. The one index is the cost of a row, so there is no other.
            migrationBuilder.Sql(
                """
                DO $$
                DECLARE
                    columns text := '
                    vehicle_key bigint NOT NULL,
                    time timestamp with time zone NOT NULL,
                    stored_at timestamp with time zone NOT NULL,
                    latitude double precision,
                    longitude double precision,
                    traveled_distance bigint,
                    speed real,
                    heading real,
                    altitude real,
                    horizontal_accuracy real,
                    state_of_charge real,
                    pack_voltage real,
                    pack_current real,
                    pack_temperature real,
                    fuel_level real,
                    engine_speed real,
                    coolant_temperature real,
                    low_voltage real,
                    acceleration_longitudinal real,
                    acceleration_lateral real,
                    powertrain_range integer,
                    dtc_count smallint,
                    low_voltage_system_state smallint,
                    fix_type smallint,
                    is_moving boolean,
                    is_broken_down boolean,
                    is_charging boolean,
                    other jsonb';
                BEGIN
                    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') THEN
                        EXECUTE 'CREATE TABLE telemetry (' || columns || ')';
                        PERFORM create_hypertable('telemetry', by_range('time', INTERVAL '1 day'), create_default_indexes => false);
                    ELSE
                        EXECUTE 'CREATE TABLE telemetry (' || columns || ') PARTITION BY RANGE (time)';
                        CREATE TABLE telemetry_default PARTITION OF telemetry DEFAULT;
                    END IF;
                END
                $$;
                CREATE INDEX ix_telemetry_vehicle_key_time ON telemetry (vehicle_key, time DESC);
                CREATE TABLE vehicle_latest (
                    vehicle_key bigint NOT NULL CONSTRAINT pk_vehicle_latest PRIMARY KEY,
                    time timestamp with time zone,
                    stored_at timestamp with time zone,
                    effective_time timestamp with time zone,
                    queue_offset bigint,
                    first_boot bigint,
                    first_seq bigint,
                    first_seen bigint,
                    second_boot bigint,
                    second_seq bigint,
                    second_seen bigint,
                    latitude double precision,
                    longitude double precision,
                    traveled_distance bigint,
                    speed real,
                    heading real,
                    altitude real,
                    horizontal_accuracy real,
                    state_of_charge real,
                    pack_voltage real,
                    pack_current real,
                    pack_temperature real,
                    fuel_level real,
                    engine_speed real,
                    coolant_temperature real,
                    low_voltage real,
                    acceleration_longitudinal real,
                    acceleration_lateral real,
                    powertrain_range integer,
                    dtc_count smallint,
                    low_voltage_system_state smallint,
                    fix_type smallint,
                    is_moving boolean,
                    is_broken_down boolean,
                    is_charging boolean,
                    queue_index integer,
                    other jsonb
                ) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(name: "telemetry");

            migrationBuilder.DropTable(name: "vehicle_latest");

            migrationBuilder.DropTable(
                name: "api_key");

            migrationBuilder.DropTable(
                name: "command");

            migrationBuilder.DropTable(
                name: "command_event");

            migrationBuilder.DropTable(
                name: "command_execution");

            migrationBuilder.DropTable(
                name: "consumer_offset");

            migrationBuilder.DropTable(
                name: "gateway_instance");

            migrationBuilder.DropTable(
                name: "log_identity");

            migrationBuilder.DropTable(
                name: "producer_progress");

            migrationBuilder.DropTable(
                name: "registry_change");

            migrationBuilder.DropTable(
                name: "telemetry_rejected");

            migrationBuilder.DropTable(
                name: "trimmed_range");

            migrationBuilder.DropTable(
                name: "vehicle");

            migrationBuilder.DropTable(
                name: "vehicle_connection");

            migrationBuilder.DropTable(
                name: "vehicle_credential");
        }
    }
}
