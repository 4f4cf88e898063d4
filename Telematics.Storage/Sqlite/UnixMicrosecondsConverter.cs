using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using Telematics.Contracts;

namespace Telematics.Storage.Sqlite;

/// <summary>SQLite has no type for times: INTEGER microseconds since 1970-01-01 UTC, which compare and sort as they should.</summary>
internal sealed class UnixMicrosecondsConverter()
    : ValueConverter<DateTime, long>(utc => UnixTime.ToMicroseconds(utc), microseconds => UnixTime.ToDateTime(microseconds));
