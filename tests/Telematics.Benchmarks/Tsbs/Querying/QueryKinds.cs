using Telematics.Benchmarks.Tsbs.Loading;

namespace Telematics.Benchmarks.Tsbs.Querying;

/// <summary>
/// The 13 queries of TSBS's <c>iot</c>, on its tables and on ours. Ours ask for the same: a row of <c>telemetry</c> has
/// readings when it has one of the two coordinates, and diagnostics when it has one of fuel level and status, because the
/// filter empties one field of a point at most.
/// </summary>
internal sealed class QueryKinds(bool isTimescale)
{
    private const string HasReadings = "(t.latitude IS NOT NULL OR t.longitude IS NOT NULL)";
    private const string HasDiagnostics = $"(t.fuel_level IS NOT NULL OR t.other ? '{TelematicsTables.Status}')";
    private const string Fleet = "(v.attributes::jsonb ->> 'fleet')";
    private const string Driver = "(v.attributes::jsonb ->> 'driver')";
    private const string LoadCapacity = "(v.attributes::jsonb ->> 'load_capacity')::float4";
    private const string NominalConsumption = "(v.attributes::jsonb ->> 'nominal_fuel_consumption')::float4";
    private const string Load = $"(t.other ->> '{TelematicsTables.CurrentLoad}')::float8";
    private const string Status = $"(t.other ->> '{TelematicsTables.Status}')::float8";
    private const string Consumption = $"(t.other ->> '{TelematicsTables.FuelConsumption}')::float8";

    // What a rollup has of speeds is a sum of whole numbers: nothing is rounded.
    private const string AllMinutes = "SELECT vehicle_key, time, speed_sum AS total, speed_count AS samples FROM telemetry_1m";

    public IReadOnlyList<QueryKind> All { get; } = new Texts(isTimescale).Make();

    /// <summary>TSBS asks time_bucket; plain PostgreSQL has date_bin for it.</summary>
    private sealed class Texts(bool isTimescale)
    {
        public IReadOnlyList<QueryKind> Make() =>
        [
            new("last-loc", default, false, q => LastLocation($"t.name IS NOT NULL AND t.fleet = '{q.Fleet}'"), q => OurLastLocation($"{Fleet} = '{q.Fleet}'")),
            new("single-last-loc", default, false, q => LastLocation($"t.name IN ('{q.Truck}')"), q => OurLastLocation($"v.vehicle_id = '{q.Truck}'")),
            new("low-fuel", default, false, LowFuel, OurLowFuel),
            new("high-load", default, false, HighLoad, OurHighLoad),
            new("stationary-trucks", TimeSpan.FromMinutes(10), false, Stationary, OurStationary) { Rollups = StationaryByMinutes },
            new("long-driving-sessions", TimeSpan.FromHours(4), false, q => LongSessions(q, 22), q => OurLongSessions(q, 22)) { Rollups = q => LongSessionsByMinutes(q, 22) },
            new("long-daily-sessions", TimeSpan.FromHours(24), false, q => LongSessions(q, 60), q => OurLongSessions(q, 60)) { Rollups = q => LongSessionsByMinutes(q, 60) },
            new("avg-vs-projected-fuel-consumption", default, true, _ => FuelConsumption(), _ => OurFuelConsumption()),
            new("avg-daily-driving-duration", default, true, _ => DailyDuration("6"), _ => OurDailyDuration("SELECT vehicle_key, time, speed::float8 AS total, 1 AS samples FROM telemetry WHERE speed IS NOT NULL"))
            {
                Corrected = _ => DailyDuration("6.0"),
                Rollups = _ => OurDailyDuration(AllMinutes),
                Remark = "hours are a quotient with decimals, not of whole numbers",
            },
            new("avg-daily-driving-session", default, true, _ => DailySession("", "avg(age(stop, start))"), _ => OurDailySession("SELECT vehicle_key, time, speed::float8 AS total, 1 AS samples FROM telemetry WHERE speed IS NOT NULL"))
            {
                Corrected = _ => DailySession("WHERE velocity IS NOT NULL", "avg(extract(epoch FROM stop - start))"),
                Rollups = _ => OurDailySession($"{AllMinutes} WHERE speed_count > 0"),
                Remark = "ten minutes without any velocity are left out instead of hiding a change; the answer is in seconds",
            },
            new("avg-load", default, true, _ => AverageLoad(), _ => OurAverageLoad()),
            new("daily-activity", default, true, _ => DailyActivity("144"), _ => OurDailyActivity())
            {
                Corrected = _ => DailyActivity("144.0"),
                Remark = "a quotient with decimals, not of whole numbers",
            },
            new("breakdown-frequency", default, true, _ => Breakdowns("count(status = 0) / count(*) >= 0.5", ""), _ => OurBreakdowns())
            {
                Corrected = _ => Breakdowns("avg(CASE WHEN status = 0 THEN 1.0 ELSE 0.0 END) >= 0.5", "WHERE status IS NOT NULL"),
                Remark = "the share of points with status 0; TSBS's count(status = 0) counts all that have a status and divides whole numbers",
            },
        ];

        private string Bucket(string step, string time) =>
            isTimescale ? $"time_bucket('{step}', {time})" : $"date_bin('{step}', {time}, '2000-01-01 00:00:00+00')";

        private static string Window(QueryParameters q) => $"time >= {q.FromLiteral} AND time < {q.ToLiteral}";

        private static string LastLocation(string where) =>
            $"""
            SELECT t.name, t.driver, last.* FROM tags t
            INNER JOIN LATERAL (SELECT longitude, latitude FROM readings r WHERE r.tags_id = t.id ORDER BY time DESC LIMIT 1) last ON true
            WHERE {where}
            """;

        private static string OurLastLocation(string where) =>
            $"""
            SELECT v.vehicle_id, {Driver}, last.* FROM vehicle v
            INNER JOIN LATERAL (SELECT longitude, latitude FROM telemetry t WHERE t.vehicle_key = v.id AND {HasReadings} ORDER BY time DESC LIMIT 1) last ON true
            WHERE {where}
            """;

        private static string LowFuel(QueryParameters q) =>
            $"""
            SELECT t.name, t.driver, last.* FROM tags t
            INNER JOIN LATERAL (SELECT fuel_state FROM diagnostics d WHERE d.tags_id = t.id ORDER BY time DESC LIMIT 1) last ON true
            WHERE t.name IS NOT NULL AND last.fuel_state < 0.1 AND t.fleet = '{q.Fleet}'
            """;

        private static string OurLowFuel(QueryParameters q) =>
            $"""
            SELECT v.vehicle_id, {Driver}, last.fuel_level / 100 FROM vehicle v
            INNER JOIN LATERAL (SELECT fuel_level FROM telemetry t WHERE t.vehicle_key = v.id AND {HasDiagnostics} ORDER BY time DESC LIMIT 1) last ON true
            WHERE last.fuel_level < 10 AND {Fleet} = '{q.Fleet}'
            """;

        private static string HighLoad(QueryParameters q) =>
            $"""
            SELECT t.name, t.driver, last.* FROM tags t
            INNER JOIN LATERAL (SELECT current_load FROM diagnostics d WHERE d.tags_id = t.id ORDER BY time DESC LIMIT 1) last ON true
            WHERE t.name IS NOT NULL AND last.current_load / t.load_capacity > 0.9 AND t.fleet = '{q.Fleet}'
            """;

        private static string OurHighLoad(QueryParameters q) =>
            $"""
            SELECT v.vehicle_id, {Driver}, last.current_load FROM vehicle v
            INNER JOIN LATERAL (SELECT {Load} AS current_load FROM telemetry t WHERE t.vehicle_key = v.id AND {HasDiagnostics} ORDER BY time DESC LIMIT 1) last ON true
            WHERE last.current_load / {LoadCapacity} > 0.9 AND {Fleet} = '{q.Fleet}'
            """;

        private static string Stationary(QueryParameters q) =>
            $"""
            SELECT t.name, t.driver FROM tags t INNER JOIN readings r ON r.tags_id = t.id
            WHERE {Window(q)} AND t.name IS NOT NULL AND t.fleet = '{q.Fleet}'
            GROUP BY 1, 2 HAVING avg(r.velocity) < 1
            """;

        private static string OurStationary(QueryParameters q) =>
            $"""
            SELECT v.vehicle_id, {Driver} FROM vehicle v INNER JOIN telemetry t ON t.vehicle_key = v.id
            WHERE {Window(q)} AND {Fleet} = '{q.Fleet}'
            GROUP BY 1, 2 HAVING avg(t.speed) < 1
            """;

        /// <summary>
        /// The speeds of the vehicle v: whole minutes from the rollup, what is left of the window at both ends from the
        /// samples. By vehicle, since both tables are indexed by vehicle and time, not by time.
        /// </summary>
        private static string Speeds(QueryParameters q) =>
            $"""
            SELECT time, speed_sum AS total, speed_count AS samples FROM telemetry_1m WHERE vehicle_key = v.id AND time >= {q.FirstMinute} AND time < {q.LastMinute}
            UNION ALL SELECT time, speed::float8, 1 FROM telemetry WHERE vehicle_key = v.id AND time >= {q.FromLiteral} AND time < {q.FirstMinute} AND speed IS NOT NULL
            UNION ALL SELECT time, speed::float8, 1 FROM telemetry WHERE vehicle_key = v.id AND time >= {q.LastMinute} AND time < {q.ToLiteral} AND speed IS NOT NULL
            """;

        private static string StationaryByMinutes(QueryParameters q) =>
            $"""
            SELECT v.vehicle_id, {Driver} FROM vehicle v
            INNER JOIN LATERAL (SELECT sum(total) / nullif(sum(samples), 0) AS average FROM ({Speeds(q)}) s) a ON true
            WHERE {Fleet} = '{q.Fleet}' AND a.average < 1
            """;

        private string LongSessions(QueryParameters q, int periods) =>
            $"""
            SELECT t.name, t.driver FROM tags t
            INNER JOIN LATERAL (
                SELECT {Bucket("10 minutes", "time")} AS ten_minutes, tags_id FROM readings WHERE {Window(q)}
                GROUP BY ten_minutes, tags_id HAVING avg(velocity) > 1 ORDER BY ten_minutes, tags_id) r ON t.id = r.tags_id
            WHERE t.name IS NOT NULL AND t.fleet = '{q.Fleet}'
            GROUP BY name, driver HAVING count(r.ten_minutes) > {periods}
            """;

        private string OurLongSessions(QueryParameters q, int periods) =>
            $"""
            SELECT v.vehicle_id, {Driver} FROM vehicle v
            INNER JOIN (
                SELECT {Bucket("10 minutes", "time")} AS ten_minutes, vehicle_key FROM telemetry WHERE {Window(q)}
                GROUP BY 1, 2 HAVING avg(speed) > 1) r ON r.vehicle_key = v.id
            WHERE {Fleet} = '{q.Fleet}'
            GROUP BY 1, 2 HAVING count(*) > {periods}
            """;

        private string LongSessionsByMinutes(QueryParameters q, int periods) =>
            $"""
            SELECT v.vehicle_id, {Driver} FROM vehicle v
            INNER JOIN LATERAL (
                SELECT {Bucket("10 minutes", "time")} AS ten_minutes FROM ({Speeds(q)}) s
                GROUP BY 1 HAVING sum(total) / nullif(sum(samples), 0) > 1) r ON true
            WHERE {Fleet} = '{q.Fleet}'
            GROUP BY 1, 2 HAVING count(*) > {periods}
            """;

        private static string FuelConsumption() =>
            """
            SELECT t.fleet, avg(r.fuel_consumption) AS average, avg(t.nominal_fuel_consumption) AS projected FROM tags t
            INNER JOIN LATERAL (SELECT tags_id, fuel_consumption FROM readings r WHERE r.tags_id = t.id AND velocity > 1) r ON true
            WHERE t.fleet IS NOT NULL AND t.nominal_fuel_consumption IS NOT NULL AND t.name IS NOT NULL
            GROUP BY fleet
            """;

        private static string OurFuelConsumption() =>
            $"""
            SELECT {Fleet}, avg({Consumption}) AS average, avg({NominalConsumption}) AS projected FROM vehicle v
            INNER JOIN telemetry t ON t.vehicle_key = v.id
            WHERE t.speed > 1 AND {Fleet} IS NOT NULL AND {NominalConsumption} IS NOT NULL
            GROUP BY 1
            """;

        private string DailyDuration(string divisor) =>
            $"""
            WITH driving AS (
                SELECT {Bucket("10 minutes", "time")} AS ten_minutes, tags_id FROM readings GROUP BY tags_id, ten_minutes HAVING avg(velocity) > 1
            ), days AS (
                SELECT {Bucket("24 hours", "ten_minutes")} AS day, tags_id, count(*) / {divisor} AS hours FROM driving GROUP BY day, tags_id
            )
            SELECT t.fleet, t.name, t.driver, avg(d.hours) AS hours FROM days d INNER JOIN tags t ON t.id = d.tags_id
            GROUP BY fleet, name, driver
            """;

        private string OurDailyDuration(string speeds) =>
            $"""
            WITH driving AS (
                SELECT {Bucket("10 minutes", "time")} AS ten_minutes, vehicle_key FROM ({speeds}) s GROUP BY 1, 2 HAVING sum(total) / nullif(sum(samples), 0) > 1
            ), days AS (
                SELECT {Bucket("24 hours", "ten_minutes")} AS day, vehicle_key, count(*) / 6.0 AS hours FROM driving GROUP BY 1, 2
            )
            SELECT {Fleet}, v.vehicle_id, {Driver}, avg(d.hours) AS hours FROM days d INNER JOIN vehicle v ON v.id = d.vehicle_key
            GROUP BY 1, 2, 3
            """;

        private string DailySession(string where, string duration) =>
            $"""
            WITH state AS (
                SELECT tags_id, {Bucket("10 minutes", "time")} AS ten_minutes, avg(velocity) > 5 AS driving FROM readings {where}
                GROUP BY tags_id, ten_minutes ORDER BY tags_id, ten_minutes
            ), change AS (
                SELECT tags_id, ten_minutes AS start, lead(ten_minutes) OVER (PARTITION BY tags_id ORDER BY ten_minutes) AS stop, driving
                FROM (SELECT tags_id, ten_minutes, driving, lag(driving) OVER (PARTITION BY tags_id ORDER BY ten_minutes) AS before FROM state) s
                WHERE s.driving <> s.before
            )
            SELECT t.name, {Bucket("24 hours", "start")} AS day, {duration} AS duration FROM tags t INNER JOIN change c ON t.id = c.tags_id
            WHERE t.name IS NOT NULL AND c.driving = true
            GROUP BY name, day ORDER BY name, day
            """;

        private string OurDailySession(string speeds) =>
            $"""
            WITH state AS (
                SELECT vehicle_key, {Bucket("10 minutes", "time")} AS ten_minutes, sum(total) / sum(samples) > 5 AS driving FROM ({speeds}) s
                GROUP BY 1, 2
            ), change AS (
                SELECT vehicle_key, ten_minutes AS start, lead(ten_minutes) OVER (PARTITION BY vehicle_key ORDER BY ten_minutes) AS stop, driving
                FROM (SELECT vehicle_key, ten_minutes, driving, lag(driving) OVER (PARTITION BY vehicle_key ORDER BY ten_minutes) AS before FROM state) s
                WHERE s.driving <> s.before
            )
            SELECT v.vehicle_id, {Bucket("24 hours", "start")} AS day, avg(extract(epoch FROM stop - start)) AS duration FROM vehicle v INNER JOIN change c ON v.id = c.vehicle_key
            WHERE c.driving
            GROUP BY 1, 2 ORDER BY 1, 2
            """;

        private static string AverageLoad() =>
            """
            SELECT t.fleet, t.model, t.load_capacity, avg(d.load / t.load_capacity) AS share FROM tags t
            INNER JOIN (SELECT tags_id, avg(current_load) AS load FROM diagnostics GROUP BY tags_id) d ON t.id = d.tags_id
            WHERE t.name IS NOT NULL
            GROUP BY fleet, model, load_capacity
            """;

        private static string OurAverageLoad() =>
            $"""
            SELECT {Fleet}, v.model, {LoadCapacity}, avg(d.load / {LoadCapacity}) AS share FROM vehicle v
            INNER JOIN (SELECT vehicle_key, avg({Load}) AS load FROM telemetry t WHERE {HasDiagnostics} GROUP BY vehicle_key) d ON v.id = d.vehicle_key
            GROUP BY 1, 2, 3
            """;

        private string DailyActivity(string divisor) =>
            $"""
            SELECT t.fleet, t.model, a.day, sum(a.points) / {divisor} AS activity FROM tags t
            INNER JOIN (
                SELECT {Bucket("24 hours", "time")} AS day, {Bucket("10 minutes", "time")} AS ten_minutes, tags_id, count(*) AS points FROM diagnostics
                GROUP BY day, ten_minutes, tags_id HAVING avg(status) < 1) a ON a.tags_id = t.id
            WHERE t.name IS NOT NULL
            GROUP BY fleet, model, a.day ORDER BY a.day
            """;

        private string OurDailyActivity() =>
            $"""
            SELECT {Fleet}, v.model, a.day, sum(a.points) / 144.0 AS activity FROM vehicle v
            INNER JOIN (
                SELECT {Bucket("24 hours", "time")} AS day, {Bucket("10 minutes", "time")} AS ten_minutes, vehicle_key, count(*) AS points FROM telemetry t
                WHERE {HasDiagnostics} GROUP BY 1, 2, 3 HAVING avg({Status}) < 1) a ON a.vehicle_key = v.id
            GROUP BY 1, 2, 3 ORDER BY 3
            """;

        private string Breakdowns(string isBroken, string where) =>
            $"""
            WITH state AS (
                SELECT {Bucket("10 minutes", "time")} AS ten_minutes, tags_id, {isBroken} AS broken FROM diagnostics {where} GROUP BY ten_minutes, tags_id
            ), next AS (
                SELECT tags_id, broken, lead(broken) OVER (PARTITION BY tags_id ORDER BY ten_minutes) AS next_broken FROM state
            )
            SELECT t.model, count(*) FROM tags t INNER JOIN next n ON t.id = n.tags_id
            WHERE t.name IS NOT NULL AND NOT n.broken AND n.next_broken
            GROUP BY model
            """;

        private string OurBreakdowns() =>
            $"""
            WITH state AS (
                SELECT {Bucket("10 minutes", "time")} AS ten_minutes, vehicle_key, avg(CASE WHEN {Status} = 0 THEN 1.0 ELSE 0.0 END) >= 0.5 AS broken
                FROM telemetry t WHERE t.other ? '{TelematicsTables.Status}' GROUP BY 1, 2
            ), next AS (
                SELECT vehicle_key, broken, lead(broken) OVER (PARTITION BY vehicle_key ORDER BY ten_minutes) AS next_broken FROM state
            )
            SELECT v.model, count(*) FROM vehicle v INNER JOIN next n ON v.id = n.vehicle_key
            WHERE NOT n.broken AND n.next_broken
            GROUP BY 1
            """;
    }
}
