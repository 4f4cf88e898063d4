using System.Text;
using Microsoft.EntityFrameworkCore;
using Telematics.Storage.Model;

namespace Telematics.Storage;

/// <summary>Table, column, key and index names in snake_case, so that the same raw SQL reads well on both databases.</summary>
internal static class SnakeCase
{
    /// <summary>Renames everything in the model; call it when the model is otherwise finished.</summary>
    public static void Apply(ModelBuilder modelBuilder)
    {
        foreach (var entity in modelBuilder.Model.GetEntityTypes())
        {
            var table = entity.ClrType == typeof(RejectedMessage) ? "telemetry_rejected" : Of(entity.ClrType.Name);
            entity.SetTableName(table);
            foreach (var property in entity.GetProperties())
            {
                property.SetColumnName(Of(property.Name));
            }

            foreach (var key in entity.GetKeys())
            {
                key.SetName($"pk_{table}");
            }

            foreach (var index in entity.GetIndexes())
            {
                index.SetDatabaseName(index.Name ?? $"ix_{table}_{string.Join('_', index.Properties.Select(property => Of(property.Name)))}");
            }
        }
    }

    /// <summary><c>VehicleKey</c> becomes <c>vehicle_key</c>.</summary>
    public static string Of(string pascalCase)
    {
        var text = new StringBuilder(pascalCase.Length + 4);
        for (var i = 0; i < pascalCase.Length; i++)
        {
            if (i > 0 && char.IsUpper(pascalCase[i]))
            {
                text.Append('_');
            }

            text.Append(char.ToLowerInvariant(pascalCase[i]));
        }

        return text.ToString();
    }
}
