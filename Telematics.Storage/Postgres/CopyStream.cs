using Npgsql;

namespace Telematics.Storage.Postgres;

/// <summary>One COPY … FROM STDIN under way. Disposed before <see cref="CompleteAsync"/>, it is canceled and the transaction fails.</summary>
internal sealed class CopyStream : IAsyncDisposable
{
    [ThreadStatic]
    private static CopyBuffer? _free;

    private readonly NpgsqlRawCopyStream _stream;
    private bool _completed;

    private CopyStream(NpgsqlRawCopyStream stream, CopyBuffer buffer)
    {
        _stream = stream;
        Buffer = buffer;
    }

    /// <summary>Where rows are encoded; sent by <see cref="FlushAsync"/>.</summary>
    public CopyBuffer Buffer { get; }

    /// <summary>Begins.</summary>
    /// <param name="session">The transaction.</param>
    /// <param name="sql"><c>COPY … FROM STDIN (FORMAT binary)</c>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<CopyStream> BeginAsync(PostgresWriteSession session, string sql, CancellationToken cancellationToken)
    {
        var stream = await session.Connection.BeginRawBinaryCopyAsync(sql, cancellationToken);
        var buffer = Interlocked.Exchange(ref _free, null) ?? new CopyBuffer();
        buffer.Begin();
        return new CopyStream(stream, buffer);
    }

    /// <summary>Sends what was encoded.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        await _stream.WriteAsync(Buffer.Written, cancellationToken);
        Buffer.Clear();
    }

    /// <summary>Ends the stream; everything in it has been taken when this returns.</summary>
    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        Buffer.End();
        await FlushAsync(cancellationToken);
        _completed = true;
        await _stream.DisposeAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _free = Buffer;
        if (_completed)
        {
            return;
        }

        try
        {
            await _stream.CancelAsync();
            await _stream.DisposeAsync();
        }
        catch (Exception exception) when (exception is ObjectDisposedException || PostgresErrors.IsUnavailable(exception))
        {
            // The connection is gone, and the copy with it; what failed before is what is reported.
        }
    }
}
