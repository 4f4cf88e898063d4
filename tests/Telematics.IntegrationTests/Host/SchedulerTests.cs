using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Hangfire;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Telematics.Host.Scheduling;
using Telematics.IntegrationTests.Postgres;
using Telematics.Storage;
using Telematics.Storage.Maintenance;
using Telematics.Storage.Postgres;
using Xunit;

namespace Telematics.IntegrationTests.Host;

/// <summary>Recurring tasks by Hangfire, in memory and in PostgreSQL.</summary>
public sealed class SchedulerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_task_is_planned_by_its_own_schedule_in_UTC()
    {
        await using var process = await Process.StartAsync(null, new Probe("count-cars", "*/5 * * * *"), new Probe("sweep", "0 3 * * *"));
        await process.PlannedAsync();
        var planned = Hangfire.Storage.StorageConnectionExtensions.GetRecurringJobs(process.Jobs.GetConnection());
        Assert.Contains(planned, job => job is { Id: "count-cars", Cron: "*/5 * * * *", TimeZoneId: "UTC" });
        Assert.Contains(planned, job => job is { Id: "sweep", Cron: "0 3 * * *", TimeZoneId: "UTC" });
        Assert.Single(process.Log.Entries, entry => entry is { Level: >= LogLevel.Information } && entry.Category.Contains("Scheduling", StringComparison.Ordinal));
        Assert.DoesNotContain(process.Log.Entries, entry => entry is { Category: "Hangfire", Level: >= LogLevel.Information });
    }

    [Fact]
    public async Task A_task_that_is_asked_for_runs_at_once_also_when_it_was_asked_before_the_start()
    {
        var task = new Probe("sweep", "0 3 * * *");
        await using var process = await Process.CreateAsync(null, task);
        process.Trigger.RunSoon("sweep");
        await process.StartAsync();
        await task.RanAsync(1);
        process.Trigger.RunSoon("sweep");
        await task.RanAsync(2);
    }

    [Fact]
    public async Task A_task_that_fails_is_logged_once_with_its_name_and_not_repeated()
    {
        var task = new Probe("sweep", "0 3 * * *") { Action = _ => throw new InvalidOperationException("Broken.") };
        await using var process = await Process.StartAsync(null, task);
        process.Trigger.RunSoon("sweep");
        await task.RanAsync(1);
        await Process.UntilAsync(() => process.Metrics.GetValueOrDefault("telematics.maintenance.failures") == 1);
        await Task.Delay(TimeSpan.FromSeconds(2), Cancel);
        var entry = Assert.Single(process.Log.Entries, entry => entry.Level >= LogLevel.Warning);
        Assert.StartsWith("Task sweep failed", entry.Text, StringComparison.Ordinal);
        Assert.Equal(1, task.Runs);
        Assert.Equal(1, process.Metrics["telematics.maintenance.runs"]);
        Assert.True(process.Metrics.ContainsKey("telematics.maintenance.duration"));
        Assert.Equal(0, process.Jobs.GetMonitoringApi().GetStatistics().Failed);
    }

    [Fact]
    public async Task A_run_hears_of_the_stop_and_the_stop_does_not_wait_longer_than_its_share()
    {
        var obedient = new Probe("obedient", "0 3 * * *") { Action = token => Task.Delay(Timeout.Infinite, token) };
        var deaf = new Probe("deaf", "0 3 * * *") { Action = static _ => Task.Delay(TimeSpan.FromSeconds(30), CancellationToken.None) };
        await using var process = await Process.StartAsync(null, obedient, deaf);
        process.Trigger.RunSoon("obedient");
        await obedient.RanAsync(1);
        var watch = Stopwatch.StartNew();
        process.Trigger.RunSoon("deaf");
        await deaf.RanAsync(1);
        await process.StopAsync();
        Assert.True(obedient.WasCanceled);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(8), $"The stop took {watch.Elapsed}.");
    }

    [Fact]
    public async Task A_run_that_is_asked_for_during_a_run_follows_it()
    {
        var hold = new TaskCompletionSource();
        var task = new Probe("sweep", "0 3 * * *") { Action = _ => hold.Task };
        await using var process = await Process.StartAsync(null, task);
        process.Trigger.RunSoon("sweep");
        await task.RanAsync(1);
        process.Trigger.RunSoon("sweep");
        await Process.UntilAsync(() => process.Metrics.GetValueOrDefault("telematics.maintenance.skipped") == 1);
        Assert.Equal(1, task.Running);
        hold.SetResult();
        await task.RanAsync(2, TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task In_PostgreSQL_two_processes_share_one_plan_and_never_run_a_task_side_by_side()
    {
        await using var database = await PostgresTestDatabase.CreateAsync(PostgresKind.Plain);
        var shared = new Overlap();
        await using var first = await Process.StartAsync(database.ConnectionString, new Probe("sweep", "0 3 * * *") { Action = shared.RunAsync });
        await using var second = await Process.StartAsync(database.ConnectionString, new Probe("sweep", "0 3 * * *") { Action = shared.RunAsync });
        await first.PlannedAsync();
        await second.PlannedAsync();
        Assert.Single(Hangfire.Storage.StorageConnectionExtensions.GetRecurringJobs(second.Jobs.GetConnection()));
        for (var i = 0; i < 5; i++)
        {
            first.Trigger.RunSoon("sweep");
            second.Trigger.RunSoon("sweep");
        }

        await Process.UntilAsync(() => shared.Runs >= 2);
        await Process.UntilAsync(() => first.Metrics.GetValueOrDefault("telematics.maintenance.skipped") + second.Metrics.GetValueOrDefault("telematics.maintenance.skipped") >= 1);
        Assert.Equal(1, shared.Most);
        Assert.DoesNotContain(first.Log.Entries.Concat(second.Log.Entries), entry => entry.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task In_PostgreSQL_the_scheduler_lives_within_the_pool_of_the_process_and_leaves_them_as_they_are()
    {
        await using var database = await PostgresTestDatabase.CreateAsync(PostgresKind.Plain);
        var task = new Probe("sweep", "0 3 * * *");
        await using var process = await Process.StartAsync(database.ConnectionString, task);
        await process.PlannedAsync();
        for (var i = 1; i <= 5; i++)
        {
            process.Trigger.RunSoon("sweep");
            await task.RanAsync(i);
        }

        var connections = await ScalarAsync<string>(database, "SELECT string_agg(application_name || ' ' || state || ' ' || left(query, 150), E'\n') FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
        Assert.True(connections.Split('\n').Length <= database.Options.MaxConnections, connections);
        var source = process.Services.GetRequiredService<PostgresDatabase>().DataSource;
        await using var connection = await source.OpenConnectionAsync(Cancel);
        await using var command = connection.CreateCommand();
        command.CommandText = "SHOW search_path";
        Assert.Equal("\"$user\", public", await command.ExecuteScalarAsync(Cancel));
    }

    [Fact]
    public async Task In_PostgreSQL_a_lock_whose_connection_breaks_ends_the_run()
    {
        await using var database = await PostgresTestDatabase.CreateAsync(PostgresKind.Plain);
        var task = new Probe("sweep", "0 3 * * *") { Action = token => Task.Delay(Timeout.Infinite, token) };
        await using var process = await Process.StartAsync(database.ConnectionString, task);
        process.Trigger.RunSoon("sweep");
        await task.RanAsync(1);
        await ScalarAsync<bool>(database, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'Telematics sweep'");
        await Process.UntilAsync(() => task.WasCanceled);
        await Process.UntilAsync(() => process.Log.Entries.Any(entry => entry.Text.StartsWith("Task sweep failed", StringComparison.Ordinal)));
    }

    private static async Task<T> ScalarAsync<T>(PostgresTestDatabase database, string sql)
    {
        await using var command = database.Database.DataSource.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(Cancel))!;
    }

    /// <summary>A task that counts.</summary>
    private sealed class Probe(string name, string schedule) : IMaintenanceTask
    {
        private int _runs;
        private int _running;
        private volatile bool _wasCanceled;

        public string Name => name;

        public string Schedule => schedule;

        public Func<CancellationToken, Task> Action { get; init; } = _ => Task.CompletedTask;

        public int Runs => Volatile.Read(ref _runs);

        public int Running => Volatile.Read(ref _running);

        public bool WasCanceled => _wasCanceled;

        public async Task RunAsync(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _runs);
            Interlocked.Increment(ref _running);
            try
            {
                await Action(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                _wasCanceled = true;
                throw;
            }
            finally
            {
                Interlocked.Decrement(ref _running);
            }
        }

        public Task RanAsync(int times, TimeSpan? patience = null) => EventuallyAsync(() => Runs >= times, patience ?? Patience);
    }

    /// <summary>Work of several processes that must not overlap.</summary>
    private sealed class Overlap
    {
        private int _now;

        public int Runs { get; private set; }

        public int Most { get; private set; }

        public async Task RunAsync(CancellationToken cancellationToken)
        {
            Most = Math.Max(Most, Interlocked.Increment(ref _now));
            await Task.Delay(300, cancellationToken);
            Runs++;
            Interlocked.Decrement(ref _now);
        }
    }

    private static async Task EventuallyAsync(Func<bool> condition, TimeSpan patience)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < patience, "It did not come to that in time.");
            await Task.Delay(20, Cancel);
        }
    }

    /// <summary>A process with a database and the scheduler, nothing else.</summary>
    private sealed class Process : IAsyncDisposable
    {
        private readonly string _folder;
        private readonly IHost _host;
        private readonly MeterListener _listener = new();
        private bool _isStopped;

        private Process(string folder, IHost host, LogRecord log)
        {
            _folder = folder;
            _host = host;
            Log = log;
            var meters = host.Services.GetRequiredService<IMeterFactory>();
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, meters))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => Metrics.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value));
            _listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => Metrics.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value));
            _listener.Start();
        }

        public LogRecord Log { get; }

        public ConcurrentDictionary<string, double> Metrics { get; } = new();

        public IServiceProvider Services => _host.Services;

        public IMaintenanceTrigger Trigger => Services.GetRequiredService<IMaintenanceTrigger>();

        public JobStorage Jobs => Services.GetRequiredService<SchedulerStorage>().Value;

        public static Task<Process> CreateAsync(string? connectionString, params IMaintenanceTask[] tasks)
        {
            var folder = Directory.CreateTempSubdirectory("telematics-scheduler-").FullName;
            var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
            builder.Configuration.AddInMemoryCollection([new("Telematics:Storage:DataDirectory", folder), new("ConnectionStrings:Telematics", connectionString)]);
            var log = new LogRecord();
            builder.Logging.SetMinimumLevel(LogLevel.Debug).AddProvider(log);
            builder.Services.AddMetrics();
            builder.Services.AddTelematicsStorage();
            foreach (var own in builder.Services.Where(service => service.ServiceType == typeof(IMaintenanceTask)).ToList())
            {
                builder.Services.Remove(own);
            }

            foreach (var task in tasks)
            {
                builder.Services.AddSingleton(task);
            }

            builder.Services.AddMaintenanceScheduler();
            builder.Services.AddMaintenanceTrigger();
            return Task.FromResult(new Process(folder, builder.Build(), log));
        }

        public static async Task<Process> StartAsync(string? connectionString, params IMaintenanceTask[] tasks)
        {
            var process = await CreateAsync(connectionString, tasks);
            await process.StartAsync();
            return process;
        }

        public Task StartAsync() => _host.StartAsync(Cancel);

        public Task PlannedAsync() => UntilAsync(() => Log.Entries.Any(entry => entry.Text.StartsWith("Scheduler: ", StringComparison.Ordinal)));

        public static Task UntilAsync(Func<bool> condition) => EventuallyAsync(condition, Patience);

        public async Task StopAsync()
        {
            _isStopped = true;
            await _host.StopAsync(Cancel);
        }

        public async ValueTask DisposeAsync()
        {
            if (!_isStopped)
            {
                await _host.StopAsync(CancellationToken.None);
            }

            _listener.Dispose();
            _host.Dispose();
            Directory.Delete(_folder, recursive: true);
        }
    }

    /// <summary>What was logged.</summary>
    private sealed class LogRecord : ILoggerProvider
    {
        public ConcurrentQueue<(string Category, LogLevel Level, string Text)> Entries { get; } = new();

        public ILogger CreateLogger(string categoryName) => new Writer(this, categoryName);

        public void Dispose()
        {
        }

        private sealed class Writer(LogRecord record, string category) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
                record.Entries.Enqueue((category, logLevel, formatter(state, exception)));
        }
    }
}
