namespace Telematics.Storage.Postgres;

/// <summary>
/// The keys of PostgreSQL's advisory locks, all in one place: two purposes with one key would wait for each other. Whoever
/// runs another program with such locks in the same database keeps off these.
/// </summary>
internal static class AdvisoryLocks
{
    /// <summary>The registry of vehicles, in a transaction: shared to follow it, alone to change it.</summary>
    public const long Registry = 0x7465_6C65_0001;

    /// <summary>Migrations, in a session.</summary>
    public const long Migration = 0x7465_6C65_0002;

    /// <summary>The giving of order numbers, in a transaction.</summary>
    public const long OrderNumbers = 0x7465_6C65_0003;

    /// <summary>A change of how a table is divided by time, in a transaction.</summary>
    public const long Division = 0x7465_6C65_0004;

    /// <summary>The set-up of the scheduler's tables, in a session.</summary>
    public const long SchedulerSetUp = 0x7465_6C65_0005;

    /// <summary>The waking of orders, in a transaction: shared to wake, alone to look for what was passed over.</summary>
    public const long Waking = 0x7465_6C65_0006;
}
