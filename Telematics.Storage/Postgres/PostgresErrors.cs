using System.Net.Sockets;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Telematics.Storage.Postgres;

/// <summary>What PostgreSQL's error codes mean for who waits (https://www.postgresql.org/docs/current/errcodes-appendix.html).</summary>
internal static class PostgresErrors
{
    /// <summary>
    /// Classes of errors that are the server's or the moment's and none of the statement: connection, transaction rollback
    /// (serialization, deadlock), resources, operator intervention, system; authorization and a missing database, which
    /// somebody is changing; a right or a table that was taken away, since statements are the same for every message; a lock
    /// that was not to be had; a server that only reads, which another has taken over from, or ended a transaction that
    /// took too long; corrupt data. Not the other internal errors: one row may cause them, and must not stop a queue for ever.
    /// </summary>
    private static readonly string[] Classes = ["08", "28", "3D", "40", "53", "55", "57", "58", "F0", "XX001", "XX002", "25006", "25P03", "25P04", "42501", "42P01"];

    /// <summary>Whether waiting helps.</summary>
    public static bool IsUnavailable(Exception exception) => exception switch
    {
        PostgresException postgres => Array.Exists(Classes, prefix => postgres.SqlState.StartsWith(prefix, StringComparison.Ordinal)),

        // Everything else that Npgsql throws is about the connection: broken, timed out, none free in the pool.
        NpgsqlException => true,
        DbUpdateException { InnerException: { } inner } => IsUnavailable(inner),
        IOException or SocketException or TimeoutException => true,

        // Npgsql's answer to whoever goes on with a connection that broke under him.
        InvalidOperationException { Source: "Npgsql" } => true,

        // EF Core's cover over what may pass, around the exception of a query or around that of SaveChanges.
        InvalidOperationException { InnerException: { } inner } => IsUnavailable(inner),
        _ => false,
    };

    /// <summary>Whether <c>statement_timeout</c> of the server or the command timeout of the connection ended a statement.</summary>
    public static bool IsTooSlow(Exception exception) => exception switch
    {
        PostgresException postgres => postgres.SqlState == PostgresErrorCodes.QueryCanceled,
        NpgsqlException { InnerException: TimeoutException } => true,
        DbUpdateException { InnerException: { } inner } => IsTooSlow(inner),
        InvalidOperationException { InnerException: { } inner } => IsTooSlow(inner),
        _ => false,
    };
}
