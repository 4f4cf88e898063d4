using Telematics.Storage;
using Telematics.Storage.Model;

namespace Telematics.Commands.Presence;

/// <summary>
/// Writes <c>vehicle_connection</c> by one prepared statement, past EF Core: a fleet reconnects all at once.
/// </summary>
internal static class ConnectionTable
{
    private const string Upsert =
        """
        INSERT INTO vehicle_connection (client_id, channel_id, instance, is_open, is_vehicle, address, protocol_version, connected_at, closed_at, close_reason, queue_index, queue_offset)
        VALUES (@client, @channel, @instance, @open, @vehicle, @address, @protocol, @connected, @closed, @reason, @queue, @offset)
        ON CONFLICT (client_id) DO UPDATE SET
            channel_id = excluded.channel_id, instance = excluded.instance, is_open = excluded.is_open, is_vehicle = excluded.is_vehicle,
            address = excluded.address, protocol_version = excluded.protocol_version, connected_at = excluded.connected_at,
            closed_at = excluded.closed_at, close_reason = excluded.close_reason, queue_index = excluded.queue_index, queue_offset = excluded.queue_offset
        """;

    /// <summary>Writes rows, whether they are there already or not.</summary>
    public static async Task WriteAsync(WriteSession session, IEnumerable<VehicleConnection> rows, CancellationToken cancellationToken)
    {
        await using var upsert = session.CreateCommand(Upsert);
        foreach (var row in rows.OrderBy(row => row.ClientId, StringComparer.Ordinal))
        {
            var index = 0;
            foreach (var (name, value) in Values(row))
            {
                if (upsert.Parameters.Count <= index)
                {
                    upsert.AddParameter(name, value);
                }
                else
                {
                    upsert.Parameters[index].SetValue(value);
                }

                index++;
            }

            await upsert.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private static IEnumerable<(string Name, object? Value)> Values(VehicleConnection row)
    {
        yield return ("@client", row.ClientId);
        yield return ("@channel", row.ChannelId);
        yield return ("@instance", row.Instance);
        yield return ("@open", row.IsOpen);
        yield return ("@vehicle", row.IsVehicle);
        yield return ("@address", row.Address);
        yield return ("@protocol", row.ProtocolVersion);
        yield return ("@connected", row.ConnectedAt);
        yield return ("@closed", row.ClosedAt);
        yield return ("@reason", row.CloseReason);
        yield return ("@queue", row.QueueIndex);
        yield return ("@offset", row.QueueOffset);
    }
}
