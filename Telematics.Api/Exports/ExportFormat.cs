namespace Telematics.Api.Exports;

/// <summary>The forms in which history is exported.</summary>
internal enum ExportFormat
{
    /// <summary>RFC 4180 in UTF-8, with a header row.</summary>
    Csv,

    /// <summary>Apache Parquet, compressed with zstd.</summary>
    Parquet,
}
