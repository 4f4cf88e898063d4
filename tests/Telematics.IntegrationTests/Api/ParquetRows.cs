using Parquet;

namespace Telematics.IntegrationTests.Api;

/// <summary>Reads a Parquet file back: its columns, null = not reported.</summary>
internal static class ParquetRows
{
    public static async Task<IReadOnlyDictionary<string, List<object?>>> ReadAsync(ParquetReader reader)
    {
        var columns = reader.Schema.DataFields.ToDictionary(field => field.Name, _ => new List<object?>(), StringComparer.Ordinal);
        for (var group = 0; group < reader.RowGroupCount; group++)
        {
            using var rows = reader.OpenRowGroupReader(group);
            foreach (var field in reader.Schema.DataFields)
            {
                var column = columns[field.Name];
                if (field.ClrType == typeof(DateTime))
                {
                    column.AddRange((await ValuesAsync<DateTime>()).Cast<object?>());
                }
                else if (field.ClrType == typeof(double))
                {
                    column.AddRange((await NullablesAsync<double>()).Cast<object?>());
                }
                else if (field.ClrType == typeof(int))
                {
                    column.AddRange((await NullablesAsync<int>()).Cast<object?>());
                }
                else if (field.ClrType == typeof(long))
                {
                    column.AddRange((await NullablesAsync<long>()).Cast<object?>());
                }
                else if (field.ClrType == typeof(bool))
                {
                    column.AddRange((await NullablesAsync<bool>()).Cast<object?>());
                }
                else
                {
                    var texts = new string?[rows.RowCount];
                    await rows.ReadAsync(field, texts.AsMemory()!);
                    column.AddRange(texts);
                }

                async Task<T[]> ValuesAsync<T>()
                    where T : struct
                {
                    var values = new T[rows.RowCount];
                    await rows.ReadAsync<T>(field, values.AsMemory());
                    return values;
                }

                async Task<T?[]> NullablesAsync<T>()
                    where T : struct
                {
                    var values = new T?[rows.RowCount];
                    await rows.ReadAsync<T>(field, values.AsMemory());
                    return values;
                }
            }
        }

        return columns;
    }
}
