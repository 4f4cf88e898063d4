using Telematics.Contracts;

namespace Telematics.Storage;

/// <summary>Brings a database to the schema that the program knows.</summary>
internal interface IDatabaseMigrator
{
    /// <summary>The database, for people.</summary>
    string Location { get; }

    /// <summary>What to do when it cannot be opened, in a sentence or two.</summary>
    string Advice { get; }

    /// <summary>Applies what is missing.</summary>
    /// <exception cref="StartupException">The schema is newer than the program.</exception>
    ValueTask<MigrationOutcome> MigrateAsync(CancellationToken cancellationToken);
}

/// <summary>What a migration did.</summary>
/// <param name="Schema">The newest migration.</param>
/// <param name="Applied">How many were missing.</param>
/// <param name="Engine">The database engine as found, and what that means.</param>
internal readonly record struct MigrationOutcome(string Schema, int Applied, string Engine);
