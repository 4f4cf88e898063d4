using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Telematics.Storage.Postgres;

/// <summary>Writes text that PostgreSQL takes.</summary>
internal sealed class PostgresTextConverter() : ValueConverter<string, string>(text => PostgresText.Clean(text), text => text);
