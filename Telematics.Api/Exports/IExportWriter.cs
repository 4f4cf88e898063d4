namespace Telematics.Api.Exports;

/// <summary>Writes an export in one format. It holds nothing that must be let go when it is left unfinished.</summary>
internal interface IExportWriter
{
    /// <summary>Takes a page, and waits for the caller where it has much to send.</summary>
    ValueTask WriteAsync(ExportPage page);

    /// <summary>Makes the file whole and sends the rest of it.</summary>
    ValueTask CompleteAsync();
}
